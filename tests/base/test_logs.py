"""The log says where an error happened and never what the code held about people."""

import io
import logging
from collections.abc import Callable

import pytest
import structlog
from django.conf import settings
from django.db import DatabaseError

from obolos.config.logs import safe_words, told

NAME, EMAIL, AFM, RF = "Μαρκάκη Ελένη", "eleni@example.gr", "038836853", "RF18539001234567890123456"


def _fails(error: Exception) -> None:
    payer, address, number, code = NAME, EMAIL, AFM, RF
    if payer and address and number and code:
        raise error


def _by_structlog(error: Exception) -> str:
    # The processors of the running process, written to a string.
    written = io.StringIO()
    log = structlog.wrap_logger(structlog.PrintLogger(written))
    try:
        _fails(error)
    except Exception:
        log.exception("delivery failed", id=7)
    return written.getvalue()


def _by_logging(error: Exception) -> str:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    line = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(line["()"](line["format"]))
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    try:
        _fails(error)
    except Exception:
        logger.exception("delivery failed")
    finally:
        logger.removeHandler(handler)
    return written.getvalue()


@pytest.mark.parametrize("write", [_by_structlog, _by_logging])
@pytest.mark.parametrize(
    "error",
    [
        ValueError("plain"),
        ValueError(f"invalid literal: '{NAME}'"),
        ValueError(f"cannot write to {EMAIL} about {RF} of {AFM}"),
        DatabaseError(
            f'duplicate key value violates unique constraint "person_afm"\nDETAIL:  Key (afm)=({AFM}) exists.'
        ),
    ],
    ids=["plain", "quoted", "bare", "detail"],
)
def test_an_error_is_told_without_what_it_was_about(write: Callable[[Exception], str], error: Exception) -> None:
    said = write(error)
    assert "delivery failed" in said
    assert "_fails(error)" in said
    assert type(error).__name__ in said
    for personal in (NAME, "Μαρκάκη", EMAIL, AFM, RF):
        assert personal not in said


def test_what_caused_an_error_is_told_as_well() -> None:
    try:
        try:
            _fails(ValueError(f"'{NAME}'"))
        except ValueError as error:
            raise RuntimeError("upper") from error
    except RuntimeError as error:
        said = told(error)
    assert said.index("ValueError: '…'") < said.index("RuntimeError: upper")


def test_names_of_ours_stay_readable() -> None:
    assert safe_words('duplicate key value violates unique constraint "payment_once"').endswith('"payment_once"')

"""One-time codes against the vectors that RFC 6238 publishes (appendix B, SHA-1, last six of eight digits)."""

import base64
import json
import re
from pathlib import Path

import pytest

from launch import codes
from launch.stop import Stop

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at_seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_published_vectors(at_seconds: int, code: str) -> None:
    assert codes.totp(SECRET, at_seconds) == code


def test_secrets_may_come_without_padding_and_in_small_letters() -> None:
    assert codes.totp("mfrggzdf", 59) == codes.totp("MFRGGZDF", 59)


def test_an_unknown_account_is_answered_with_the_known_ones(var: Path) -> None:
    with pytest.raises(Stop, match="run `make demo` first"):
        codes.of_account("clerk")
    (var / "demo.json").write_text(json.dumps({"staff": [{"account": "clerk-9083", "totp_secret": SECRET}]}))
    with pytest.raises(Stop, match="There are: clerk-9083"):
        codes.of_account("")
    assert re.fullmatch(r"\d{6}", codes.of_account("clerk-9083"))

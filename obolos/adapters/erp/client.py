"""The municipality's financial system over JSON: telling it a payment.

It acknowledges with status POSTED or PENDING in a 2xx answer and refuses with REFUSED; everything else means that it
could not be told, and telling is to be repeated with the same Idempotency-Key. This module repeats nothing itself.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from obolos.adapters.outbound import Unreachable, call

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 5.0
_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)
_REFUSING_STATUSES = frozenset({400, 409, 422})


class ErpStatus(StrEnum):
    """What the financial system did with a payment; POSTED and PENDING both acknowledge it."""

    POSTED = "POSTED"
    PENDING = "PENDING"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class ErpAnswer:
    """What the financial system said. `reason` is its own words, for the worklist; `raw` its whole answer."""

    status: ErpStatus
    receipt_no: str | None
    reason: str
    raw: str

    @property
    def acknowledged(self) -> bool:
        return self.status is not ErpStatus.REFUSED


class ErpUnavailable(Exception):
    """It could not be told, or its answer is none. It may have booked all the same: repeat with the same key."""


@dataclass(frozen=True)
class ErpClient:
    """One municipality's access: `base_url` down to its code, `token` as bearer."""

    base_url: str
    token: str = field(repr=False)

    def post_payment(self, payload: Mapping[str, Any], idempotency_key: str) -> ErpAnswer:
        """Tell a payment (POST /payments). Amounts in `payload` are integer cents. Raises ErpUnavailable."""
        if not _KEY.fullmatch(idempotency_key):
            raise ValueError("an idempotency key is 1 to 128 printable ASCII characters")
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": idempotency_key,
        }
        # Sorted: the same payment is the same bytes again after its words were kept in a database.
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        try:
            reply = call(
                "POST",
                f"{self.base_url}/payments",
                headers=headers,
                body=body,
                total_seconds=TOTAL_SECONDS,
                connect_seconds=CONNECT_SECONDS,
            )
        except Unreachable as error:
            raise ErpUnavailable(str(error)) from error
        return read_answer(reply.status, reply.body)


def read_answer(http_status: int, body: bytes) -> ErpAnswer:
    """An answer to a payment. A 4xx counts as REFUSED only if it says so in the agreed form. Raises ErpUnavailable."""
    accepted = 200 <= http_status < 300
    if not accepted and http_status not in _REFUSING_STATUSES:
        raise ErpUnavailable(f"answered with status {http_status}")
    try:
        raw = body.decode()
        parsed = json.loads(raw)
        status = ErpStatus(parsed["status"])
        receipt, reason = parsed.get("receipt_no"), parsed.get("reason")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ErpUnavailable(f"answered with status {http_status} in another form than agreed") from None
    if not accepted and status is not ErpStatus.REFUSED:
        raise ErpUnavailable(f"answered with status {http_status} and {status}, which contradict each other")
    return ErpAnswer(status, _short(receipt, 100) or None, _short(reason, 500), _printable(raw))


def _short(value: Any, longest: int) -> str:
    return _printable(str(value))[:longest].strip() if isinstance(value, (str, int)) else ""


def _printable(text: str) -> str:
    """Without NUL and lone surrogates, which a database refuses; line ends stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else "?" for char in text)

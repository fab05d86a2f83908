"""One-time codes of the demo's staff accounts (RFC 6238: 30 s steps, 6 digits, SHA-1)."""

import base64
import hmac
import json
import struct
import time

from launch import places
from launch.stop import Stop

STEP_SECONDS = 30


def totp(secret: str, at_seconds: float) -> str:
    """The code that an authenticator shows for the base32 `secret` at that Unix time."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at_seconds) // STEP_SECONDS), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def of_account(account: str) -> str:
    """The code of a demo account now, by what `make demo` wrote. Stop when there is no such account."""
    try:
        staff = json.loads((places.var() / "demo.json").read_text())["staff"]
    except (OSError, ValueError, KeyError) as error:
        raise Stop("There are no demo accounts yet: run `make demo` first.") from error
    secrets = {one["account"]: one["totp_secret"] for one in staff}
    if account not in secrets:
        raise Stop(f"No account {account!r}. There are: {', '.join(sorted(secrets))}. Use make code ACCOUNT=…")
    return totp(secrets[account], time.time())

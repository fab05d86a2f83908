"""Secrets at rest: AES-256-GCM, bound to the municipality and the field they belong to.

A sealed text moved to another municipality or another field does not open. Keys come from the environment; this
module never reads it, never logs and never shows a key.
"""

import hashlib
import re
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_SEALED = re.compile(r"v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{38,})", re.ASCII)


class CannotOpen(Exception):
    """The sealed text is damaged, foreign to this place, or sealed with a key we do not hold."""


@dataclass(frozen=True)
class Key:
    """One 256-bit key. `key_id` names it openly (8 hex digits of its SHA-256), so that keys can be changed."""

    material: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.material) != 32:
            raise ValueError("a key has exactly 32 bytes")

    @property
    def key_id(self) -> str:
        return hashlib.sha256(b"obolos key id" + self.material).hexdigest()[:8]


@dataclass(frozen=True)
class Keyring:
    """The key that seals, and the older ones that still open."""

    current: Key
    older: tuple[Key, ...] = ()

    def find(self, key_id: str) -> Key:
        """Raises CannotOpen when no key has this id."""
        for key in (self.current, *self.older):
            if key.key_id == key_id:
                return key
        raise CannotOpen("sealed with a key that is not at hand")


def key_from_base64(text: str) -> Key:
    """A key from its base64 text (standard or url-safe alphabet). Raises ValueError, without quoting the text."""
    try:
        material = b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
    except (Base64Error, ValueError):
        raise ValueError("a key must be base64 of 32 bytes") from None
    return Key(material)


def keyring_from_base64(text: str) -> Keyring:
    """Keys in base64 separated by commas, the one that seals first. Raises ValueError."""
    current, *older = (key_from_base64(part) for part in text.split(","))
    return Keyring(current, tuple(older))


def seal(keys: Keyring, text: str, *, municipality: int, field: str) -> str:
    """`v1.<key id>.<base64url of nonce and ciphertext>`. The same text never looks the same twice."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    place = _place(keys.current.key_id, municipality, field)
    sealed = nonce + AESGCM(keys.current.material).encrypt(nonce, text.encode(), place)
    return f"v1.{keys.current.key_id}.{urlsafe_b64encode(sealed).rstrip(b'=').decode()}"


def open_sealed(keys: Keyring, sealed: str, *, municipality: int, field: str) -> str:
    """The text sealed for exactly this municipality and field. Raises CannotOpen."""
    shape = _SEALED.fullmatch(sealed)
    if not shape:
        raise CannotOpen("not a sealed text")
    key_id, encoded = shape.groups()
    try:
        content = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        opened = AESGCM(keys.find(key_id).material).decrypt(
            content[:_NONCE_BYTES], content[_NONCE_BYTES:], _place(key_id, municipality, field)
        )
    except (InvalidTag, Base64Error):
        raise CannotOpen("damaged, or sealed for another place") from None
    return opened.decode()


def needs_resealing(keys: Keyring, sealed: str) -> bool:
    """Whether the text was sealed with an older key than the current one."""
    return not sealed.startswith(f"v1.{keys.current.key_id}.")


def _place(key_id: str, municipality: int, field: str) -> bytes:
    return f"obolos:v1:{key_id}:{int(municipality)}:{field}".encode()

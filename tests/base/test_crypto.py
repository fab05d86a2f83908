"""Sealed secrets open in their own place only, with the right key only, and undamaged only."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.base.crypto import (
    CannotOpen,
    Key,
    Keyring,
    key_from_base64,
    keyring_from_base64,
    needs_resealing,
    open_sealed,
    seal,
)

OLD, NEW = Key(bytes(range(32))), Key(bytes(range(32, 64)))
KEYS = Keyring(OLD)


@given(st.text(max_size=300), st.integers(1, 10**12), st.text(min_size=1, max_size=40))
def test_opens_what_it_sealed(text: str, municipality: int, field: str) -> None:
    sealed = seal(KEYS, text, municipality=municipality, field=field)
    assert open_sealed(KEYS, sealed, municipality=municipality, field=field) == text


def test_same_text_never_looks_the_same_and_shows_nothing() -> None:
    made = {seal(KEYS, "demo-piraeus-9083", municipality=1, field="password") for _ in range(200)}
    assert len(made) == 200
    assert not any("demo" in one for one in made)


@pytest.mark.parametrize(("municipality", "field"), [(2, "password"), (1, "ticket"), (11, "assword")])
def test_does_not_open_in_another_place(municipality: int, field: str) -> None:
    sealed = seal(KEYS, "secret", municipality=1, field="password")
    with pytest.raises(CannotOpen):
        open_sealed(KEYS, sealed, municipality=municipality, field=field)


def test_municipality_and_field_cannot_slide_into_each_other() -> None:
    sealed = seal(KEYS, "secret", municipality=1, field="1:password")
    with pytest.raises(CannotOpen):
        open_sealed(KEYS, sealed, municipality=11, field="password")


def test_every_changed_character_is_noticed() -> None:
    sealed = seal(KEYS, "secret", municipality=1, field="password")
    for place in range(len(sealed)):
        for other in "A0z.":
            changed = sealed[:place] + other + sealed[place + 1 :]
            if changed != sealed and base64_body(changed) != base64_body(sealed):
                with pytest.raises(CannotOpen):
                    open_sealed(KEYS, changed, municipality=1, field="password")


def base64_body(sealed: str) -> object:
    """What the last part says, so that a changed unused bit of base64 does not count as a change."""
    version, _, rest = sealed.partition(".")
    key_id, _, body = rest.partition(".")
    try:
        return version, key_id, base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError:
        return sealed


@pytest.mark.parametrize(
    "text", ["", "v1..", "v1.00000000.short", "v2.00000000." + "A" * 60, "plain text", "v1.zz." + "A" * 60]
)
def test_refuses_what_is_not_sealed(text: str) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(KEYS, text, municipality=1, field="password")


def test_keys_can_be_changed() -> None:
    sealed = seal(KEYS, "secret", municipality=1, field="password")
    both = Keyring(NEW, (OLD,))
    assert open_sealed(both, sealed, municipality=1, field="password") == "secret"
    assert needs_resealing(both, sealed)
    resealed = seal(both, "secret", municipality=1, field="password")
    assert not needs_resealing(both, resealed)
    with pytest.raises(CannotOpen, match="not at hand"):
        open_sealed(Keyring(OLD), resealed, municipality=1, field="password")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_key_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Key(b"x" * length)
    with pytest.raises(ValueError, match="32 bytes"):
        key_from_base64(base64.b64encode(b"x" * length).decode())


def test_key_from_text_and_its_silence() -> None:
    material = os.urandom(32)
    for text in (base64.b64encode(material).decode(), base64.urlsafe_b64encode(material).decode()):
        key = key_from_base64(f" {text}\n")
        assert key.material == material
        assert repr(material) not in repr(Keyring(key))
    ring = keyring_from_base64(f"{text},{base64.b64encode(OLD.material).decode()}")
    assert (ring.current, ring.older) == (Key(material), (OLD,))
    with pytest.raises(ValueError, match="base64") as refusal:
        key_from_base64("not-a-key!")
    assert "not-a-key" not in str(refusal.value)

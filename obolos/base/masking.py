"""Addresses shown so that their owner recognises them and nobody else learns them. Pure functions over text."""

_HIDDEN = "•••"


def masked_email(address: str) -> str:
    """«eleni@example.gr» → «e•••@example.gr»; empty stays empty."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}{_HIDDEN}@{domain}" if at else _HIDDEN if address else ""


def masked_mobile(number: str) -> str:
    """«+306900000123» → «•••123»; empty stays empty."""
    digits = "".join(char for char in number if char.isdigit())
    return f"{_HIDDEN}{digits[-3:]}" if len(digits) >= 6 else _HIDDEN if number else ""


def masked(address: str) -> str:
    """An e-mail address or a mobile number, masked."""
    return masked_email(address) if "@" in address else masked_mobile(address)

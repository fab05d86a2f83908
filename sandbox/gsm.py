"""How many parts an SMS takes on the air, counted here on its own so that the product's counting has a witness.

Source: 3GPP TS 23.038 (default alphabet and its extension) and TS 23.040 (a longer text loses room to a header).
"""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")  # two places each
_GSM, _UCS2 = (160, 153), (70, 67)


def alphabet_of(text: str) -> str:
    """`GSM-7` when every letter is in it, else `UCS-2`."""
    return "GSM-7" if all(char in _BASIC or char in _EXTENDED for char in text) else "UCS-2"


def parts_of(text: str) -> int:
    """Parts the text is sent and paid in, at least one."""
    if alphabet_of(text) == "GSM-7":
        (single, joined), places = _GSM, sum(2 if char in _EXTENDED else 1 for char in text)
    else:
        (single, joined), places = _UCS2, len(text.encode("utf-16-be")) // 2
    return 1 if places <= single else -(-places // joined)

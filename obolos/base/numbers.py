"""A whole number as somebody typed it into a field or put it into an address: a number within bounds, or none."""

#: What fits a row's id, and more than anybody counts.
MOST = 10**18 - 1
_DIGITS = len(str(MOST))


def whole(text: str, *, most: int = MOST) -> int | None:
    """What is typed as a whole number from 0 to `most`, blanks around it forgiven; None for anything else.

    Latin digits only: other scripts' digits, signs, separators and numbers too long to be read are none.
    """
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and len(bare) <= _DIGITS):
        return None
    number = int(bare)
    return number if number <= most else None

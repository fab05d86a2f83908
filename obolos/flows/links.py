"""Addresses in a pasted text: another site's, or one of ours and the code in it. Shapes only: nothing is looked up.

An address of ours begins with it to the letter, so that no name or password before another site's name passes for it.
"""

import re
from urllib.parse import parse_qs, unquote

from django.conf import settings

#: Longer than any code with blanks and dashes, and than any address of ours that holds one.
LONGEST = 200
#: Names of sites end in letters: «94QX.7K2M» is a code typed with dots, and «ΑΡ.ΚΛΗΣΗΣ» no site.
_SITE = re.compile(r"(?:[\w-]+\.)+(?:[a-z]{2,24}|xn--[\w-]+|ελ|ευ)(?P<more>[/?#:@\\]|$)", re.IGNORECASE)
#: A debt code whose groups somebody parted with dots.
_DOTTED = re.compile(r"[0-9a-z]{4}(?:\.[0-9a-z]{4}){3}", re.IGNORECASE)


def code_of_link(text: str) -> str:
    """The code in a pasted address of this very site; any other text as it is."""
    typed = text.strip()[:LONGEST]
    return next((code for word in _words(typed) if (code := _code(word))), typed)


def is_foreign(text: str) -> bool:
    """Whether there is an address of another site in it, whatever else there is."""
    words = _words(text.strip()[:LONGEST])
    return any(_is_address(word, alone=len(words) == 1) and _path(word) is None for word in words)


def is_ours_without_code(text: str) -> bool:
    """Whether it is the address of a page of ours that holds no code."""
    words = _words(text.strip()[:LONGEST])
    ours = [word for word in words if _path(word) is not None]
    return bool(ours) and not any(_code(word) for word in ours)


def _words(typed: str) -> list[str]:
    """What stands between blanks, without what a sentence puts around an address."""
    return [word for one in typed.split() if (word := one.lstrip("(<«\"'").rstrip(".,;!)>»\"'"))]


def _is_address(word: str, *, alone: bool) -> bool:
    if "://" in word or word.lower().startswith("www."):
        return True
    found = _SITE.search(word)
    return found is not None and not _DOTTED.fullmatch(word) and (alone or bool(found["more"]))


def _path(word: str) -> str | None:
    """What follows our own site's name in an address; None when it is not ours."""
    home = settings.OBOLOS_PORTAL_URL
    for start in (home, f"http://{home.partition('//')[2]}", home.partition("//")[2]):
        rest = word[len(start) :]
        if word.lower().startswith(start.lower()) and rest[:1] in {"", "/", "?", "#"}:
            return rest
    return None


def _code(word: str) -> str:
    path, _, query = (_path(word) or "").partition("#")[0].partition("?")
    return code_at(path, query)


def code_at(path: str, query: str) -> str:
    """What an address asks about, by its path and query: a debt's page, a slip, a ticket's QR, a field filled by a link."""
    parts = [unquote(part) for part in path.split("/") if part]
    if len(parts) > 1 and parts[0] in {"k", "slip"}:
        return parts[1]
    if len(parts) > 2 and parts[:2] == ["office", "door"]:
        return parts[2]
    asked = parse_qs(query)
    return next((asked[name][0].strip() for name in ("q", "ref", "c") if name in asked), "")

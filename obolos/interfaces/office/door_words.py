"""What is wrong with a municipality's emblem, colours or words for its door, and what to do about it."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from obolos.flows.dress_door import Shortfall


def door_fault(word: str) -> str:
    """What is wrong with a field of the municipality's door, and what to do."""
    return {
        "COLOUR": _("Write the colour as six hexadecimal digits, like #7a1f2b, or leave it empty for ours."),
        "PHONE": _("Write a telephone number with digits and blanks, like 26510 00084."),
        "WEBSITE": _("Write the address of the municipality's site, like www.ioannina.gr."),
        "LONG": _("Write at most 120 characters."),
    }[word]


def picture_fault(word: str) -> str:
    """Why an emblem cannot be taken, and what to do."""
    return {
        "TOO_LARGE": _("The picture is larger than 300 KB. Save it smaller, for example 400 pixels wide."),
        "NOT_PNG": _("This is not a PNG picture. Open it in a picture program and save it as PNG."),
        "SIZE": _("The picture must have 32 to 1,200 pixels on each side. Change its size and upload it again."),
        "INTERLACED": _("The picture is interlaced. Save it as PNG without «interlaced»."),
        "BROKEN": _("The picture cannot be read. Save it as PNG again and upload it once more."),
    }[word]


def shortfall(found: Shortfall) -> str:
    """A colour that cannot be read or seen: the measured contrast, where, what is needed, and a colour that would do."""
    where = {
        "TEXT": _("White text on %(colour)s has a contrast of %(ratio)s to 1; it needs %(needed)s."),
        "LIGHT": _("Lines of %(colour)s on the light pages have a contrast of %(ratio)s to 1; they need %(needed)s."),
        "DARK": _("Lines of %(colour)s on the dark pages have a contrast of %(ratio)s to 1; they need %(needed)s."),
    }[found.where]
    told = where % {"colour": found.colour, "ratio": _decimal(found.ratio), "needed": _decimal(found.needed)}
    return f"{told} " + _("Try %(colour)s, the nearest that works everywhere.") % {"colour": found.suggestion}


def _decimal(ratio: float) -> str:
    """A ratio with one place, never rounded up to what is needed: 4.46 is «4.4»."""
    text = f"{int(ratio * 10) / 10:.1f}"
    return text if (get_language() or "el").startswith("en") else text.replace(".", ",")

"""What stood on an inspected page: each template is known by texts that it alone holds, each sentence by its words.

A page, or a state of one, that nobody inspected shows itself by texts that nobody saw.
"""

import html
import re
from dataclasses import dataclass

from django.template import engines
from django.template.base import TextNode

from launch import places, translations

_INTERFACES = "obolos/interfaces/"
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
#: What may stand in the place of a value: words, with elements between them.
_VALUE = r"[^<>]{0,200}?(?:<[^<>]*>[^<>]{0,200}?){0,6}"
#: A shorter text says too little about where it comes from.
_LEAST = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    """English as in the source (one, and many where it counts), and the files that say it."""

    english: tuple[str, ...]
    files: tuple[str, ...]


def all_sentences() -> list[Sentence]:
    """Everything that portal and office can say; `files` without the folder of the interfaces."""
    return [
        Sentence(
            (text,) if isinstance(text, str) else text,
            tuple(sorted({name.removeprefix(_INTERFACES) for name, _ in where})),
        )
        for part, found in translations.extracted().items()
        if part.name in {"portal", "office"}
        for (_, text), where in found.items()
    ]


def marks_of_templates() -> dict[str, list[str]]:
    """Every page and part of a page of portal and office: patterns of the texts and sentences that it alone holds."""
    folder = places.ROOT / _INTERFACES
    names = sorted(_name(str(path)) for path in folder.glob("**/*.html") if "templates" in path.parts)
    texts = {name: _texts(name) for name in names}
    marks = {name: [re.escape(one) for one in texts[name] if not _elsewhere(one, name, texts)] for name in names}
    for one in all_sentences():
        if len(one.files) == 1 and one.files[0].endswith(".html"):
            marks[_name(one.files[0])] += [_pattern(text) for text in one.english if len(text) >= _LEAST]
    return marks


def _name(path: str) -> str:
    return path.partition("templates/")[2]


def _elsewhere(text: str, name: str, texts: dict[str, set[str]]) -> bool:
    return any(text in one for other, those in texts.items() if other != name for one in those)


def _texts(name: str) -> set[str]:
    template = engines["django"].get_template(name).template  # type: ignore[attr-defined]
    found = {plain(node.s) for node in template.nodelist.get_nodes_by_type(TextNode)}
    return {text for text in found if len(text) >= _LEAST}


def plain(page: str) -> str:
    """A page's own text and attributes, with single blanks and no entities."""
    return " ".join(html.unescape(page).split())


def _pattern(english: str) -> str:
    parts = _PLACEHOLDER.split(" ".join(english.split()))
    return _VALUE.join(re.escape(part.replace("%%", "%")) for part in parts)

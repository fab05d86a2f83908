"""Catalogues of translations: compiled at set-up, checked for completeness, brought up to date with the source.

Every text in the source is English; each part keeps its Greek beside it in `locale/el/LC_MESSAGES/django.po`. Needs
Babel, and of Django only the function that turns a template into something texts can be read out of: no settings.
"""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from launch import places
from launch.stop import Stop

PRODUCT = places.ROOT / "obolos"
#: Folder of the source → its catalogue. The first that contains a file owns its texts.
PARTS = (
    PRODUCT / "interfaces" / "portal",
    PRODUCT / "interfaces" / "office",
    PRODUCT,
)
LANGUAGE = "el"
_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
#: Header lines that would differ with every run, or hold nothing but a placeholder.
_CHANGING = re.compile(
    r'^"(Project-Id-Version|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To'
    r'|Generated-By): .*"\n',
    re.MULTILINE,
)
_TEMPLATES = (".html", ".txt", ".xml")

#: Context, English text (or singular and plural).
Key = tuple[str | None, str | tuple[str, str]]


def catalogue_of(part: Path) -> Path:
    """The part's Greek catalogue."""
    return part / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def compile_all() -> None:
    """Compile every catalogue whose `.mo` is missing or older than its `.po`."""
    for source in PRODUCT.glob("**/locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        out = BytesIO()
        write_mo(out, _read(source))
        draft = target.with_suffix(".mo.new")
        draft.write_bytes(out.getvalue())
        draft.replace(target)


def update_all() -> None:
    """`make messages`: add new texts (to be translated), drop those that left the source, keep the rest."""
    for part, found in extracted().items():
        path = catalogue_of(part)
        if not found and not path.exists():
            continue
        wanted = Catalog(locale=LANGUAGE)
        for (context, text), where in found.items():
            wanted.add(text, context=context, locations=sorted(set(where)), flags=_flags(text))
        catalogue = _read(path) if path.exists() else Catalog(locale=LANGUAGE, charset="utf-8")
        catalogue.update(wanted, no_fuzzy_matching=True, keep_user_comments=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = ""
        catalogue.fuzzy = False
        path.parent.mkdir(parents=True, exist_ok=True)
        out = BytesIO()
        write_po(out, catalogue, sort_output=True, include_lineno=False, width=110, omit_header=False)
        path.write_text(_CHANGING.sub("", out.getvalue().decode()).lstrip())
        missing = len([message for message in catalogue if message.id and not _complete(message.string)])
        print(f"{path.relative_to(places.ROOT)}: {len(catalogue)} texts, {missing} without Greek")


def defects() -> list[str]:
    """Every text of the source without Greek, every fuzzy or broken translation, as lines for a person."""
    known: set[Key] = set()
    lines = []
    for path in sorted(PRODUCT.glob(f"**/locale/{LANGUAGE}/LC_MESSAGES/*.po")):
        catalogue = _read(path)
        for message in catalogue:
            if not message.id:
                continue
            where = f"{path.relative_to(places.ROOT)}:{message.lineno}"
            if message.fuzzy:
                lines.append(f"{where}: fuzzy: {_shown(message.id)}")
            elif not _complete(message.string):
                lines.append(f"{where}: no Greek: {_shown(message.id)}")
            else:
                known.add(
                    (message.context, message.id if isinstance(message.id, str) else (message.id[0], message.id[1]))
                )
                lines += [f"{where}: {error}: {_shown(message.id)}" for error in message.check(catalogue)]
    # A text used once in the plain form and once counted shares one entry, as gettext itself sees it.
    singulars = {(context, text if isinstance(text, str) else text[0]) for context, text in known}
    for found in extracted().values():
        for (context, text), ((name, line), *_more) in sorted(found.items(), key=lambda entry: entry[1][0]):
            if (context, text) not in known and (not isinstance(text, str) or (context, text) not in singulars):
                lines.append(f"{name}:{line}: not in any catalogue: {_shown(text)}")
    return lines


def extracted() -> dict[Path, dict[Key, list[tuple[str, int]]]]:
    """Every text of the source by part, with the places where it stands."""
    parts: dict[Path, dict[Key, list[tuple[str, int]]]] = {part: {} for part in PARTS}
    for path in sorted(PRODUCT.rglob("*")):
        if (path.suffix != ".py" and path.suffix not in _TEMPLATES) or "migrations" in path.parts:
            continue
        if path.suffix in _TEMPLATES and "templates" not in path.parts:
            continue
        part = next(part for part in PARTS if path.is_relative_to(part))
        name = str(path.relative_to(places.ROOT))
        for line, key in _texts(path, name):
            parts[part].setdefault(key, []).append((name, line))
    return parts


def _texts(path: Path, name: str) -> Iterator[tuple[int, Key]]:
    source = path.read_text()
    if path.suffix in _TEMPLATES:
        from django.utils.translation.template import templatize

        source = templatize(source, origin=name)
    for line, text, _comments, context in extract("python", BytesIO(source.encode()), keywords=_KEYWORDS):
        if text and (isinstance(text, str) or text[0]):
            yield line, (context, text if isinstance(text, str) else (text[0], text[1]))


def _flags(text: str | tuple[str, str]) -> set[str]:
    return {"python-format"} if "%(" in (text if isinstance(text, str) else "".join(text)) else set()


def _read(path: Path) -> Catalog:
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.parents[1].name, abort_invalid=True)
    except Exception as error:
        raise Stop(f"{path.relative_to(places.ROOT)} cannot be read: {error}") from error


def _complete(translated: str | Sequence[str] | None) -> bool:
    return bool(translated) and all(translated or ())


def _shown(text: str | Sequence[str]) -> str:
    first = text if isinstance(text, str) else text[0]
    return repr(first if len(first) <= 90 else first[:87] + "…")

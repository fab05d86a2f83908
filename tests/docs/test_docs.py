"""What the documents say is there: commands, settings, links, names of functions, examples, the licence's whole text."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from launch import places
from obolos.domain.debts.debts_file import COLUMNS, Context, Findings, Reading, read_rows, survey, words

ROOT = places.ROOT
README = ROOT / "README.md"
OPERATE = ROOT / "docs" / "operate.md"
DEBTS_FILE = ROOT / "docs" / "integrate" / "debts-file.md"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "sandbox").glob("*.md"), *ROOT.glob("obolos/**/*.md")]
)
#: Anything larger makes the first page slow to read.
LARGEST_IMAGE_BYTES = 150_000
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
#: `collect.apply_money`, `payments/booking.post`; not `pay.py`.
_DOTTED = re.compile(r"(?<![\w./])((?:\w+/)*[a-z_]+)\.(?!py\b|md\b)(_?[A-Za-z]\w+)(?![\w.])")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _section(text: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading}"
    return found[1]


def test_the_readmes_commands_are_the_makefiles() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    table = set(re.findall(r"^\| `make ([a-z-]+)", _section(README.read_text(), "Commands"), re.MULTILINE))
    assert table == targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_commands_named_anywhere_exist(path: Path) -> None:
    """`make …` and `manage.py …`, in text and in examples."""
    text = path.read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    own = {file.stem for file in (ROOT / "obolos" / "interfaces").glob("*/management/commands/*.py")}
    djangos = {"shell", "migrate", "clearsessions"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= own | djangos


def test_every_setting_is_explained_and_every_explained_one_is_read() -> None:
    settings = (ROOT / "obolos" / "config" / "settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|_need|_flag)\(\s*"(OBOLOS_[A-Z_]+)"', settings))
    read |= set(re.findall(r'"(OBOLOS_[A-Z]+_DATABASE_URL)"', settings))
    table = _section(OPERATE.read_text(), "Install").partition("### Settings")[2].partition("###")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    assert {name for row in rows for name in re.findall(r"OBOLOS_[A-Z_]+", row)} == read


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_links_and_images_lead_somewhere(path: Path) -> None:
    missing = []
    for target in _LINK.findall(path.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = (path.parent / place).resolve() if place else path
        there = file.is_relative_to(ROOT) and file.exists()
        if not there or (anchor and anchor not in _anchors(file)):
            missing.append(target)
    assert not missing


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_no_document_knows_the_machine_it_was_written_on(path: Path) -> None:
    assert not re.findall(r"(?<![\w.:/])/(?:home|root|work|tmp|Users|mnt)/\S*", path.read_text())


def test_images_are_small() -> None:
    assert [_name(path) for path in ROOT.glob("docs/images/*") if path.stat().st_size > LARGEST_IMAGE_BYTES] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_files_named_in_documents_exist(path: Path) -> None:
    """A path with a slash is looked for from the checkout and from the folders that documents take as read."""
    bases = [ROOT, ROOT / "obolos", *((ROOT / "obolos" / part) for part in ("interfaces", "domain", "domain/debts"))]
    bases += [ROOT / "tests", ROOT / "obolos" / "interfaces" / "portal"]
    missing = []
    for word in _CODE.findall(path.read_text()):
        found = re.fullmatch(r"((?:[\w.-]+/)+[\w.-]+\.(?:py|md|toml|html|csv|typ))(?:::\w+)?", word)
        if found and not any((base / found[1]).exists() for base in bases):
            missing.append(found[1])
    assert not missing


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_functions_named_in_documents_exist(path: Path) -> None:
    """`pay.pay_by_card`: a module of the flows, or one that the document names by its path, and something in it."""
    missing = []
    for word in _CODE.findall(path.read_text()):
        for module, name in _DOTTED.findall(word):
            missing += [f"{module}.{name}" for file in _modules(module) if not _has(file, name)]
    assert not missing


def _has(file: Path, name: str) -> bool:
    return bool(re.search(rf"^\s*(?:def|class) {name}\b|^{name}\b", file.read_text(), re.MULTILINE))


def _modules(module: str) -> list[Path]:
    folders = ("obolos", "obolos/domain", "obolos/interfaces") if "/" in module else ("obolos/flows",)
    return [file for folder in folders if (file := ROOT / folder / f"{module}.py").exists()]


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    assert _LINK.findall((folder / "README.md").read_text()) == records
    for name in records:
        text = (folder / name).read_text()
        assert re.match(rf"# {name[:4]} \S", text), name
        assert all(f"**{part}.**" in text for part in ("Context", "Decision", "Consequences")), name


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in text
    assert [int(number) for number in re.findall(r"^(\d+)\. \w", text, re.MULTILINE)] == list(range(1, 16))
    assert text.index("15. Applicable Law") < text.index("\nAppendix\n") < text.index("a\nnew EUPL version.")
    assert 'license = "EUPL-1.2"' in (ROOT / "pyproject.toml").read_text()


def test_the_example_of_a_debts_file_is_one(tmp_path: Path) -> None:
    example = re.search(r"^```\n(H;1;.*?\n)```", DEBTS_FILE.read_text(), re.MULTILINE | re.DOTALL)
    assert example
    path = tmp_path / "9084_DEBTS_20261120_1.csv"
    path.write_text(example[1])
    seen, found, told = survey(path, path.name), Findings(), Reading()
    assert seen.header is not None
    known = {"00.0321.0001", "00.0311.0001", "00.1512.0001"}
    context = Context.of(
        known=known,
        scope=None,
        made_on=seen.header.made_on,
        decimal_mark=seen.decimal_mark,
        slashed_dates=seen.slashed_dates,
    )
    batches = list(read_rows(seen, context, found, told))
    assert [one.reason for one in (*seen.found.kept, *found.kept)] == []
    assert (told.debts, told.rows, len(batches) > 0) == (3, 4, True)


def test_the_columns_of_a_debts_file_are_all_there_in_order() -> None:
    table = _section(DEBTS_FILE.read_text(), "Columns")
    rows = [line.split("|")[2] for line in table.splitlines() if re.match(r"\| \d", line)]
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(COLUMNS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_json_examples_are_json(path: Path) -> None:
    for example in re.findall(r"^```json\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
        found = json.loads(example)
        for one in found.get("defects", {}).get("shown", ()):
            assert (one["el"], one["en"]) == (words(one["reason"], "el"), words(one["reason"], "en"))


def test_publiccode_has_what_the_standard_asks_for() -> None:
    told = _plain_yaml((ROOT / "publiccode.yml").read_text())
    assert told["publiccodeYmlVersion"] == "0.4"
    mandatory = ("name", "url", "platforms", "categories", "developmentStatus", "softwareType", "description")
    assert all(told[key] for key in (*mandatory, "legal", "maintenance", "localisation"))
    assert told["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert told["legal"]["license"] == "EUPL-1.2"
    assert told["maintenance"]["type"] in {"internal", "community"}
    assert told["maintenance"]["contacts"]
    assert told["localisation"] == {"localisationReady": "true", "availableLanguages": ["el", "en"]}
    for language in ("en", "el"):
        described = told["description"][language]
        assert 0 < len(described["shortDescription"]) <= 150
        assert 150 <= len(described["longDescription"]) <= 10_000
        assert len(described["features"]) >= 5
        assert all((ROOT / path).exists() for path in described.get("screenshots", ()))


def _plain_yaml(text: str) -> Any:
    """The little of YAML that publiccode.yml uses: mappings, lists of texts or mappings, folded texts. Strict."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found, rest = _block(lines, 0)
    assert not rest, f"not understood: {rest[0]}"
    return found


def _block(lines: list[str], depth: int) -> tuple[Any, list[str]]:
    if lines[0].startswith(" " * depth + "- "):
        return _listed(lines, depth)
    mapping: dict[str, Any] = {}
    while lines and _depth(lines[0]) == depth:
        match = re.fullmatch(r'(\w+):(?: ("?)(.+?)\2)?', lines[0].strip())
        assert match, f"not understood: {lines[0]}"
        key, value, lines = match[1], match[3], lines[1:]
        assert key not in mapping, f"twice: {key}"
        if value == ">":
            folded = []
            while lines and _depth(lines[0]) > depth:
                folded.append(lines[0].strip())
                lines = lines[1:]
            mapping[key] = " ".join(folded)
        elif value is None:
            assert _depth(lines[0]) > depth, f"empty: {key}"
            mapping[key], lines = _block(lines, _depth(lines[0]))
        else:
            assert ": " not in value, f"needs quotes: {value}"
            assert " #" not in value, f"needs quotes: {value}"
            mapping[key] = value
    return mapping, lines


def _listed(lines: list[str], depth: int) -> tuple[list[Any], list[str]]:
    values: list[Any] = []
    while lines and lines[0].startswith(" " * depth + "- "):
        first = lines[0].strip()[2:]
        if re.match(r"\w+: ", first):
            lines = [" " * (depth + 2) + first, *lines[1:]]
            value, lines = _block(lines, depth + 2)
        else:
            assert ": " not in first, f"needs quotes: {first}"
            value, lines = first, lines[1:]
        values.append(value)
    return values, lines


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

"""Where there is no room for columns, each row of an office's table becomes a card that says what each figure is."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "obolos/interfaces/office/templates/office"
TABLE = re.compile(r'<table class="(ob-tbl[^"]*)">(.*?)</table>', re.DOTALL)
#: What stands between the tags of the template language says nothing of the shape.
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
#: A table within a cell shows itself only when it is opened, and has names of its own.
WITHIN = re.compile(r"<details>.*?</details>", re.DOTALL)
TABLES = [
    (path.name, number, *table)
    for path in sorted(TEMPLATES.glob("*.html"))
    for number, table in enumerate(TABLE.findall(WITHIN.sub("", path.read_text())))
    if "<thead>" in table[1] and len(re.findall("<th[ >]", table[1].partition("</thead>")[0])) > 2
]


@pytest.mark.parametrize(("name", "number", "classes", "inside"), TABLES)
def test_a_table_of_several_columns_stacks_and_names_every_cell(
    name: str, number: int, classes: str, inside: str
) -> None:
    assert "ob-tbl--stack" in classes.split(), (name, number)
    body = TAGS.sub("x", inside.partition("<tbody>")[2].partition("</tbody>")[0])
    cells = re.findall(r"<td([^>]*)>(.*?)</td>", body, re.DOTALL)
    unnamed = [inner for attributes, inner in cells if "data-label=" not in attributes]
    # What is pressed says itself what it does; a bar is drawn beside the figure that it shows.
    assert all(re.search("<(button|form|svg|a) ?", inner) for inner in unnamed), (name, number, unnamed)


def test_there_are_tables_to_look_at() -> None:
    assert len(TABLES) > 15

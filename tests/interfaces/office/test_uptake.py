"""The uptake page: the same figures on the page and in its files, for those who may see them."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from obolos.base.dates import athens_date
from obolos.domain.people.models import Role
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.visits import walk
from tests.support.world import Town

#: Within the present month, whatever day it is.
BEGAN = datetime.combine(athens_date(NOW).replace(day=1), datetime.min.time(), UTC) + timedelta(minutes=1)
TABLES = ("kinds", "ways", "funnel", "means", "times", "left", "reasons", "effect")


def cells(page: str, code: str) -> list[list[str]]:
    """Rows of a table of the page, as text."""
    table = page.split(f'id="f-{code}"', 1)[1].split("</section>", 1)[0]
    body = table.split("<tbody>", 1)[1].split("</tbody>", 1)[0] if "<tbody>" in table else ""
    found = []
    for row in body.split("</tr>")[:-1]:
        texts = re.findall(r"<t[hd](?! class=\"ob-figures__bar\")[^>]*>(.*?)</t[hd]>", row)
        found.append([html.unescape(text) for text in texts])
    return found


def folded(page: str, code: str) -> list[str]:
    """The names of the rows of nothing, which stand folded below a table."""
    table = page.split(f'id="f-{code}"', 1)[1].split("</section>", 1)[0]
    zeros = table.split('class="ob-zeros"', 1)[1].split("</details>", 1)[0] if "ob-zeros" in table else ""
    return [html.unescape(one) for one in re.findall(r"<li>(.*?)</li>", zeros)]


def file_of(client: Client, code: str) -> list[list[str]]:
    """Rows of a table's file."""
    response = client.get("/office/uptake/", {"csv": code}, headers={"accept-language": "en"})
    assert response.status_code == 200
    assert response.headers["Content-Disposition"].endswith(f'-{code}.csv"')
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


@pytest.fixture
def walked(town: Town) -> Town:
    """1,300 visits: 1,000 leave at once, 200 at the bank, 100 pay in a minute and a half."""
    start = ("opened", "portal", 0)
    walk(town, [start], count=1000, at=BEGAN)
    walk(town, [start, ("chosen", "portal", 9), ("started", "card", 10)], count=200, at=BEGAN)
    walk(town, [("opened", "guest", 0), ("chosen", "guest", 9), ("started", "card", 10), ("returned", "card", 80),
                ("paid", "card", 90)], count=100, at=BEGAN)  # fmt: skip
    return town


def test_every_figure_of_the_page_is_the_seeded_one(walked: Town, staff: SignIn) -> None:
    client = staff(walked, Role.FINANCE)
    page = client.get("/office/uptake/", headers={"accept-language": "en"}).content.decode()
    assert cells(page, "funnel") == [
        ["opened what is owed", "1,300", "–", "1,200", "–", "100", "–"],
        ["chose what to pay", "300", "23.1%", "200", "16.7%", "100", "100.0%"],
        ["started to pay", "300", "100.0%", "200", "100.0%", "100", "100.0%"],
        ["paid what they chose", "100", "33.3%", "0", "0.0%", "100", "100.0%"],
    ]
    assert cells(page, "left")[0] == ["saw what is owed, chose nothing", "1,000", "83.3%", "1,000", "0"]
    assert cells(page, "left")[1][1] == "200"
    assert len(cells(page, "left")) + len(folded(page, "left")) == 6
    assert "let the RF code expire" in folded(page, "left")
    assert "4 more with 0" in page
    assert cells(page, "means")[:3] == [
        ["card: went to the bank's page", "300", "–"], ["card: came back from it", "100", "33.3%"],
        ["card: paid", "100", "33.3%"],
    ]  # fmt: skip
    assert cells(page, "times") == [["all", "100", "1:30", "–"], ["card, all", "100", "1:30", "–"],
                                    ["card, as a guest", "100", "1:30", "–"]]  # fmt: skip
    assert "7.7%" in page.split("ob-kpi")[1].split("</dl>")[0]
    assert page.index("Suggestions") < page.index('id="f-funnel"'), "what to do stands before the tables"
    assert "Most people leave after seeing what they owe: 1,000 of 1,200." in page
    greek = client.get("/office/uptake/", headers={"accept-language": "el"}).content.decode()
    assert cells(greek, "funnel")[1][1:3] == ["300", "23,1%"]
    assert cells(greek, "funnel")[0][1] == "1.300"


def test_the_files_say_what_the_page_says(walked: Town, staff: SignIn) -> None:
    client = staff(walked, Role.ADMIN)
    page = client.get("/office/uptake/", headers={"accept-language": "en"}).content.decode()
    for code in TABLES:
        shown, filed = cells(page, code), file_of(client, code)
        nothing = folded(page, code)
        assert len(filed) == len(shown) + len(nothing) + 1, code
        for row, line in zip(shown, [one for one in filed[1:] if one[0] not in nothing], strict=True):
            assert [_number(one) for one in row] == [_number(one) for one in line], code
        for line in filed[1:]:
            if line[0] in nothing:
                assert not any(float(_number(one) or 0) for one in line[1:]), code
    assert file_of(client, "funnel")[1:3] == [
        ["opened what is owed", "1300", "", "1200", "", "100", ""],
        ["chose what to pay", "300", "23,1", "200", "16,7", "100", "100,0"],
    ]
    assert client.get("/office/uptake/", {"csv": "nothing"}).status_code == 404


def _number(text: str) -> str:
    """A cell of either kind in one spelling: «1,300», «23.1%», «€0.00», «1:30» and their plain forms."""
    if text in {"–", ""}:
        return ""
    clock = re.fullmatch(r"(\d+):(\d\d)", text)
    if clock:
        return str(60 * int(clock[1]) + int(clock[2]))
    bare = text.strip("€%").replace("−", "-")
    if re.fullmatch(r"[-+]?[\d,]*\.?\d+", bare) and not re.fullmatch(r"-?\d+,\d{1,2}", bare):
        return bare.replace(",", "").lstrip("+")
    return bare.replace(",", ".") if re.fullmatch(r"-?\d+,\d{1,2}", bare) else text


@pytest.mark.parametrize("period", ["", "2026-13", "2026-Q5", "1999", "9999-01", "2026-02; DROP", "२०२६"])
def test_odd_periods_are_the_present_month(town: Town, staff: SignIn, period: str) -> None:
    response = staff(town, Role.FINANCE).get("/office/uptake/", {"period": period})
    assert response.status_code == 200
    assert f'value="{athens_date(NOW):%Y-%m}" selected' in response.content.decode()


def test_a_quiet_municipality_gets_a_page_without_numbers_made_up(town: Town, staff: SignIn) -> None:
    page = staff(town, Role.FINANCE).get("/office/uptake/", {"period": "2024-Q1"}, headers={"accept-language": "en"})
    text = page.content.decode()
    assert "<dd>–<small>" in text
    assert "has not told of collections elsewhere yet" in text
    assert "Nothing stands out in this period." in text


@pytest.mark.parametrize("role", [Role.CLERK, Role.CASHIER])
def test_others_may_not(town: Town, staff: SignIn, role: Role) -> None:
    client = staff(town, role)
    assert client.get("/office/uptake/").status_code == 403
    assert "/office/uptake/" not in client.get("/office/").content.decode()


def test_another_municipalitys_figures_are_not_in_it(walked: Town, elsewhere: Town, staff: SignIn) -> None:
    page = staff(elsewhere, Role.FINANCE).get("/office/uptake/", headers={"accept-language": "en"}).content.decode()
    assert cells(page, "funnel")[0][1] == "0"

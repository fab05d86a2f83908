"""What stands in the way of a certificate, as a table."""

from datetime import UTC, date, datetime, timedelta

import pytest

from obolos.domain.clearances.rules import OpenAmount, Rule, Why, decide, last_day, shown_code

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ON = date(2026, 11, 22)
STRICT = Rule(not_due_blocks=True)


def owed(kind: str, days: int) -> OpenAmount:
    return OpenAmount("Τέλος", "Fee", "", kind, ON + timedelta(days=days), 1_000)


@pytest.mark.parametrize(
    ("kind", "days", "rule", "why"),
    [
        ("CERTIFIED", -1, Rule(), Why.OVERDUE),
        ("CERTIFIED", 0, Rule(), None),
        ("CERTIFIED", 1, Rule(), None),
        ("CERTIFIED", 0, STRICT, Why.NOT_DUE),
        ("CERTIFIED", -1, STRICT, Why.OVERDUE),
        ("ARRANGED", -1, Rule(), Why.OVERDUE),
        ("ARRANGED", 0, Rule(), None),
        ("ARRANGED", 300, STRICT, Why.NOT_DUE),
        ("UNCERTIFIED", -1, Rule(), Why.UNCERTIFIED),
        ("UNCERTIFIED", 60, Rule(), Why.UNCERTIFIED),
    ],
)
def test_what_is_in_the_way(kind: str, days: int, rule: Rule, why: Why | None) -> None:
    amount = owed(kind, days)
    decision = decide([amount], rule, as_of=NOW, now=NOW, on=ON)
    assert decision.blocking == (((why, amount),) if why else ())
    assert decision.named == (() if why else (amount,))
    assert decision.clear == (why is None)


@pytest.mark.parametrize(
    ("rule", "as_of", "refused"),
    [
        (Rule(), NOW, None),
        (Rule(), NOW - timedelta(days=31), None),
        (Rule(), NOW - timedelta(days=31, seconds=1), Why.OLD_NEWS),
        (Rule(known_within_days=1), NOW - timedelta(days=2), Why.OLD_NEWS),
        (Rule(), None, Why.NEVER_TOLD),
        (Rule(offered=False), NOW, Why.NOT_OFFERED),
    ],
)
def test_nothing_is_certified_on_old_news_or_where_it_is_not_offered(
    rule: Rule, as_of: datetime | None, refused: Why | None
) -> None:
    decision = decide([], rule, as_of=as_of, now=NOW, on=ON)
    assert (decision.refused, decision.clear) == (refused, refused is None)


def test_dates_and_codes_as_printed() -> None:
    assert last_day(Rule(), ON) == date(2026, 12, 22)
    assert shown_code("7K2M94QX3FDR8ZTW") == "BE-7K2M-94QX-3FDR-8ZTW"

"""Live amounts: the municipality's financial system is asked what somebody owes, at sign-in and before an order.

A citizen's municipalities are asked all at once, two seconds in all, whatever they do. What they say is taken in like a
debts file; who does not answer leaves the amounts last known, with their time. A page never waits for this twice within
five minutes, and an order is made of amounts that were asked for since then, or whose asking failed just now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from obolos.adapters.erp.client import ErpClient
from obolos.adapters.erp.debts import debts_of_afm, debts_of_rf, debts_of_ticket
from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.people.models import Person
from obolos.flows.ask_erp import Answered, Ask, access_of, ask_all, may_ask
from obolos.flows.show_debts import Payer
from obolos.flows.take_answer import AnswerWrong, Busy, Subject, note_silence, take_answer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Question:
    """What one municipality is to be asked, and about whom."""

    client: ErpClient
    asks: Sequence[Ask]
    subjects: Sequence[Subject]


def refresh_person(*, person_id: int, afm: str, links: Mapping[int, live.Link], now: datetime) -> int:
    """Ask the municipalities of `links` what a citizen owes; how many debts became others by that.

    Never raises for what happens outside: who is silent is noted and the amounts stay.
    """
    questions = {}
    for town, link in links.items():
        access = access_of(town, link.law_version)
        if access is None:
            continue
        ask = partial(debts_of_afm, afm=afm, on=athens_date(now))
        questions[town] = _Question(access.client, [ask], [Subject(person_id=person_id)])
    return _refresh(questions, links, now)


def refresh_for(payer: Payer, municipality_ids: Sequence[int], *, now: datetime) -> int:
    """Before an order: ask the municipalities about to be paid what the payer owes; how many debts became others."""
    if payer.person_id is None:
        assert payer.municipality_id is not None
        return _refresh_for_guest(payer.municipality_id, payer.debt_ids, now)
    with tenancy(person=payer.person_id):
        afm = Person.objects.values_list("afm", flat=True).get(id=payer.person_id)
        links = live.links_of(municipality_ids)
    return refresh_person(person_id=payer.person_id, afm=afm, links=links, now=now)


def _refresh_for_guest(municipality_id: int, debt_ids: Sequence[int], now: datetime) -> int:
    """Ask about the debts that a guest holds, as far as nobody asked since five minutes.

    By fine number and plate, else by the RF code printed, else by the debtor, whom the guest does not get to know.
    """
    with tenancy(municipality=municipality_id):
        links = live.links_of([municipality_id])
        stale = [one for one in live.debts_to_ask(debt_ids) if not one.news.fresh(now)]
    access = access_of(municipality_id, links[municipality_id].law_version)
    if access is None or not stale:
        return 0
    asks: dict[tuple[str, ...], Ask] = {}
    subjects = []
    for debt in stale:
        found = _ask_about(debt, now)
        if found is not None:
            asks.setdefault(*found)
            subjects.append(Subject(debt_id=debt.debt_id))
    if not asks:
        return 0
    return _refresh({municipality_id: _Question(access.client, list(asks.values()), subjects)}, links, now)


def _ask_about(debt: live.AskedDebt, now: datetime) -> tuple[tuple[str, ...], Ask] | None:
    on = athens_date(now)
    if debt.ticket and debt.plate:
        return ("ticket", debt.ticket, debt.plate), partial(
            debts_of_ticket, ticket=debt.ticket, plate=debt.plate, on=on
        )
    if debt.rf:
        return ("rf", debt.rf), partial(debts_of_rf, rf=debt.rf, on=on)
    if debt.afm:
        return ("afm", debt.afm), partial(debts_of_afm, afm=debt.afm, on=on)
    return None


def _refresh(questions: Mapping[int, _Question], links: Mapping[int, live.Link], now: datetime) -> int:
    asked = {town: one for town, one in questions.items() if may_ask(links[town], now=now)}
    answers = ask_all({town: (one.client, one.asks) for town, one in asked.items()})
    written = 0
    for town, one in questions.items():
        answered = answers.get(town)
        if answered is None:
            _miss(town, one.subjects, now)
        else:
            written += _take(town, one.subjects, answered, now)
    return written


def _miss(town: int, subjects: Sequence[Subject], now: datetime) -> None:
    """Not asked, since it rests or nobody may wait: no failure of its, but the amounts are the last known."""
    with tenancy(municipality=town):
        for subject in subjects:
            live.note_missed(person_id=subject.person_id, debt_id=subject.debt_id, asked_at=now)


def _take(town: int, subjects: Sequence[Subject], answered: Answered, now: datetime) -> int:
    first, *others = subjects
    says, wrong = answered.says, answered.wrong
    if answered.answer is not None:
        try:
            taken = take_answer(town, answered.answer, about="debts", subject=first, asked_at=now, now=now)
        except AnswerWrong as error:
            says, wrong = str(error), True
        except Busy as error:
            log.warning("an answer could not be written in time", municipality=town, says=str(error))
            _miss(town, subjects, now)
            return 0
        except Exception:
            # A fault of ours in taking it in must keep nobody from signing in or paying: it stands in the log.
            log.exception("an answer could not be taken in", municipality=town)
            _miss(town, subjects, now)
            return 0
        else:
            for subject in others:
                _note(town, subject, now)
            return taken.written
    log.warning("no answer of a financial system", municipality=town, says=says, wrong=wrong)
    note_silence(town, about="debts", subject=first, says=says, wrong=wrong, now=now)
    if others:
        _miss(town, others, now)
    return 0


def _note(town: int, subject: Subject, now: datetime) -> None:
    with tenancy(municipality=town):
        live.note_snapshot(person_id=subject.person_id, debt_id=subject.debt_id, as_of=now, asked_at=now)

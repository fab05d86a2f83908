"""What holds for every bank adapter. A bank joins by adding a `BankCase` to `CASES` in `cases.py`, nothing else.

The case plays the bank's side on its own (it signs with code of its own, not with the adapter's), so that a mistake
in the adapter's arithmetic cannot confirm itself.
"""

import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obolos.adapters.banks.contract import (
    Bank,
    BankAnswer,
    BankRefused,
    BankUnavailable,
    Charge,
    Verdict,
    all_values,
)
from obolos.base.references import random_id
from tests.adapters.stub_http import Seen, Stub, http

Message = dict[str, str]
FORGED_PER_BANK = 24_000


class BankCase(Protocol):
    """One bank as the suite needs it."""

    name: str
    bank: Bank[Any]
    signature: str  # the field that holds the signature
    signed: tuple[str, ...]  # fields it covers
    unsigned: tuple[str, ...]  # fields it does not cover

    def account(self, base_url: str = "https://bank.example") -> Any: ...
    def other_account(self) -> Any: ...
    def ticket(self, chance: random.Random) -> str: ...
    def message(self, outcome: str, reference: str, ticket: str, account: Any = None, **changed: str) -> Message:
        """A genuine return, signed: outcome paid, declined or pending."""

    def unsigned_failure(self, reference: str) -> Message: ...
    def weak_signatures(self, message: Message, ticket: str) -> Iterator[str]:
        """Signatures an attacker or an old integration could make; none may be accepted."""

    def started(self, seen: Seen) -> bytes: ...
    def refused(self, seen: Seen) -> bytes: ...
    def told(self, outcome: str, reference: str, cents: int | None = None) -> Callable[[Seen], bytes]:
        """The bank's answer to a query: paid, declined, pending, unknown."""

    def wrong_echoes(self, reference: str) -> Iterator[Callable[[Seen], bytes]]: ...


def charge(reference: str, **changed: Any) -> Charge:
    return replace(Charge(reference=reference, amount_cents=12345, language="el"), **changed)


def decides_nothing(answer: BankAnswer) -> bool:
    return answer.verdict is Verdict.UNVERIFIED and not answer.confirmed_not_charged and not answer.approval


EXPECTED = {"paid": Verdict.PAID, "declined": Verdict.DECLINED, "pending": Verdict.PENDING}


class BankContract:
    """Inherit, parametrise with `case`."""

    # --- the return ---------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("outcome", EXPECTED)
    def test_a_signed_return_is_believed(self, case: BankCase, outcome: str) -> None:
        reference, ticket = random_id(), case.ticket(random.Random(1))
        params = case.message(outcome, reference, ticket)
        assert case.bank.reference_in(params) == reference
        answer = case.bank.read_return(case.account(), ticket, params)
        assert (answer.verdict, answer.reference) == (EXPECTED[outcome], reference)
        assert answer.confirmed_not_charged is (outcome == "declined")
        assert re.fullmatch(r"[0-9a-f]{64}", answer.message_key)
        assert (answer.bank_txn, answer.paid_at) == ("", None)  # never from unsigned fields
        assert json.loads(answer.raw)
        assert ticket not in repr(answer)

    @pytest.mark.parametrize("outcome", EXPECTED)
    def test_unsigned_fields_change_neither_verdict_nor_key(self, case: BankCase, outcome: str) -> None:
        reference, ticket = random_id(), case.ticket(random.Random(2))
        genuine = case.message(outcome, reference, ticket)
        first = case.bank.read_return(case.account(), ticket, genuine)
        for name in case.unsigned:
            for value in ("", "0", "999999999", "<b>", "Success", "é" * 40, "\x00\u202e"):
                answer = case.bank.read_return(case.account(), ticket, genuine | {name: value})
                assert (answer.verdict, answer.message_key) == (first.verdict, first.message_key), name
                assert "\x00" not in answer.raw
                assert "\\u0000" not in answer.raw
        junk = genuine | {f"unknown{n}": "x" for n in range(20)}
        assert case.bank.read_return(case.account(), ticket, junk).message_key == first.message_key

    def test_different_signed_messages_have_different_keys(self, case: BankCase) -> None:
        keys = set()
        for number in range(200):
            ticket = case.ticket(random.Random(number))
            for outcome in EXPECTED:
                params = case.message(outcome, random_id(), ticket)
                keys.add(case.bank.read_return(case.account(), ticket, params).message_key)
        assert len(keys) == 600

    def test_an_unverified_message_cannot_take_the_key_of_a_genuine_one(self, case: BankCase) -> None:
        reference, ticket = random_id(), case.ticket(random.Random(3))
        genuine = case.message("paid", reference, ticket)
        key = case.bank.read_return(case.account(), ticket, genuine).message_key
        for signature in ("", "0" * 64, genuine[case.signature].lower(), genuine[case.signature] + " "):
            claim = case.bank.read_return(case.account(), ticket, genuine | {case.signature: signature})
            assert claim.message_key != key

    def test_an_unsigned_failure_decides_nothing(self, case: BankCase) -> None:
        answer = case.bank.read_return(case.account(), "t" * 32, case.unsigned_failure(random_id()))
        assert decides_nothing(answer)
        assert answer.reason

    def test_no_ticket_no_belief(self, case: BankCase) -> None:
        reference = random_id()
        params = case.message("paid", reference, "")
        assert decides_nothing(case.bank.read_return(case.account(), "", params))

    def test_forged_returns(self, case: BankCase) -> None:
        """Every family of forgery, thousands of each: none accepted; the genuine message beside each one is."""
        chance = random.Random(f"forged {case.name}")
        families = list(FAMILIES)
        made = dict.fromkeys(families, 0)
        while sum(made.values()) < FORGED_PER_BANK:
            reference, ticket = random_id(), case.ticket(chance)
            outcome = chance.choice(list(EXPECTED))
            genuine = case.message(outcome, reference, ticket)
            received = {name: (value,) for name, value in genuine.items()}
            assert case.bank.read_return(case.account(), ticket, received).verdict is EXPECTED[outcome]
            for family in families:
                for forged in FAMILIES[family](case, chance, genuine, ticket):
                    if _covered(case, forged) == _covered(case, received):
                        continue
                    answer = case.bank.read_return(case.account(), ticket, forged)
                    assert decides_nothing(answer), (family, forged)
                    made[family] += 1
        assert min(made.values()) > 100, made

    def test_a_genuine_return_counts_for_its_own_attempt_only(self, case: BankCase) -> None:
        chance = random.Random(5)
        attempts = [(random_id(), case.ticket(chance)) for _ in range(50)]
        accepted = 0
        for reference, ticket in attempts:
            params = case.message("paid", reference, ticket)
            for other_reference, other_ticket in attempts:
                answer = case.bank.read_return(case.account(), other_ticket, params)
                believed = not decides_nothing(answer)
                accepted += believed
                assert believed is (other_reference == reference)
        assert accepted == 50

    def test_a_genuine_return_counts_for_its_own_account_only(self, case: BankCase) -> None:
        ticket = case.ticket(random.Random(6))
        params = case.message("paid", random_id(), ticket)
        assert decides_nothing(case.bank.read_return(case.other_account(), ticket, params))

    @settings(max_examples=300, deadline=None)
    @given(hostile=st.data())
    def test_hostile_parameters_never_raise(self, case: BankCase, hostile: st.DataObject) -> None:
        names = st.one_of(st.sampled_from([*case.signed, *case.unsigned, case.signature]), st.text(max_size=20))
        params = hostile.draw(st.dictionaries(names, st.lists(st.text(max_size=60), max_size=3), max_size=30))
        answer = case.bank.read_return(case.account(), "t" * 32, params)
        assert decides_nothing(answer)
        assert len(answer.raw) < 64_000
        reference = case.bank.reference_in(params)
        assert reference is None or (reference.isascii() and reference.isprintable() and len(reference) <= 50)

    def test_oversized_messages_are_cheap_and_decide_nothing(self, case: BankCase) -> None:
        ticket = case.ticket(random.Random(7))
        genuine = case.message("paid", random_id(), ticket)
        large: list[dict[str, Any]] = [
            genuine | {case.unsigned[0]: "x" * 10_000_000},
            genuine | {f"n{n}": "x" for n in range(5000)},
            {name: [value] * 2000 for name, value in genuine.items()},
            genuine | {f"n{n}": "" for n in range(70)},
            genuine | {f"n{n}": "x" * 599 for n in range(30)},
        ]
        for params in large:
            began = time.thread_time()
            answer = case.bank.read_return(case.account(), ticket, params)
            assert decides_nothing(answer)
            assert len(answer.raw) < 128_000
            # Own work only, and far above what is needed: it tells reading all of it again and again from reading it.
            assert time.thread_time() - began < 1

    @pytest.mark.parametrize("value", ["", "x" * 51, "a;b", "a\nb", "é", "a\x00", "'", '"', "<a>", "\ud800"])
    def test_references_of_another_shape_are_not_looked_up(self, case: BankCase, value: str) -> None:
        params = dict.fromkeys(case.signed, value)
        assert case.bank.reference_in(params) is None

    # --- starting -----------------------------------------------------------------------------------------------------

    def test_start(self, case: BankCase, stub: Stub) -> None:
        stub.answer = case.started
        started = case.bank.start(case.account(stub.base_url), charge(random_id()))
        assert started.ticket
        assert started.ticket not in repr(started)
        assert 60 <= started.expires_in_seconds <= 24 * 3600
        assert len(stub.seen) == 1

    def test_start_refused(self, case: BankCase, stub: Stub) -> None:
        stub.answer = case.refused
        with pytest.raises(BankRefused) as refusal:
            case.bank.start(case.account(stub.base_url), charge(random_id()))
        assert refusal.value.code

    @pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 502, 503])
    def test_a_good_word_under_a_bad_status_is_no_answer(self, case: BankCase, stub: Stub, status: int) -> None:
        reference = random_id()
        for genuine in (lambda seen: http(200, b"<html>Service Unavailable</html>"), case.started):
            stub.answer = lambda seen, genuine=genuine: genuine(seen).replace(b" 200 ", b" %d " % status, 1)
            with pytest.raises(BankUnavailable):
                case.bank.start(case.account(stub.base_url), charge(reference))
        stub.answer = lambda seen: case.told("paid", reference)(seen).replace(b" 200 ", b" %d " % status, 1)
        with pytest.raises(BankUnavailable):
            case.bank.query(case.account(stub.base_url), reference)
        assert len(stub.seen) == 3  # nothing is repeated by itself

    @pytest.mark.parametrize("body", [b"", b"{}", b"<a/>", b"<a>", b"\xff\xfe", b"<!DOCTYPE a><a/>", b"a" * 300_000])
    def test_start_with_an_answer_that_is_none(self, case: BankCase, stub: Stub, body: bytes) -> None:
        stub.answer = lambda seen: http(200, body)
        with pytest.raises(BankUnavailable):
            case.bank.start(case.account(stub.base_url), charge(random_id()))
        with pytest.raises(BankUnavailable):
            case.bank.query(case.account(stub.base_url), random_id())

    @pytest.mark.parametrize(
        "changed",
        [{"reference": ""}, {"reference": "a" * 51}, {"reference": "a;b"}, {"reference": "é"}]
        + [{"amount_cents": cents} for cents in (0, -1, 10**8)]
        + [{"parameters": text} for text in ("a;b", "a\nb", "x" * 513)],
    )
    def test_charges_the_bank_would_misread_are_not_sent(
        self, case: BankCase, stub: Stub, changed: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError, match=r"."):
            case.bank.start(case.account(stub.base_url), charge(**({"reference": "abc"} | changed)))
        assert stub.seen == []

    def test_the_form_holds_no_secret(self, case: BankCase) -> None:
        account = case.account()
        form = case.bank.redirect_form(account, charge("ref-1", email="a@b.gr"))
        shown = repr(form)
        assert form.action.startswith(account.base_url)
        assert "ref-1" in shown
        assert account.password not in shown
        assert account.password not in repr(account)
        assert "123.45" not in shown

    # --- asking -------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("outcome", EXPECTED)
    def test_query(self, case: BankCase, stub: Stub, outcome: str) -> None:
        reference = random_id()
        stub.answer = case.told(outcome, reference)
        answer = case.bank.query(case.account(stub.base_url), reference)
        assert (answer.verdict, answer.reference) == (EXPECTED[outcome], reference)
        assert answer.confirmed_not_charged is (outcome == "declined")
        assert bool(answer.bank_txn) or outcome != "paid"
        assert (answer.paid_at is not None) is (outcome == "paid")
        again = case.bank.query(case.account(stub.base_url), reference)
        assert again.message_key == answer.message_key
        assert case.account().password not in repr(answer)

    def test_query_states_an_amount_only_if_the_bank_does(self, case: BankCase, stub: Stub) -> None:
        reference = random_id()
        stub.answer = case.told("paid", reference, 12345)
        assert case.bank.query(case.account(stub.base_url), reference).amount_cents == 12345
        stub.answer = case.told("paid", reference)
        assert case.bank.query(case.account(stub.base_url), reference).amount_cents is None

    def test_query_unknown_reference_proves_nothing(self, case: BankCase, stub: Stub) -> None:
        reference = random_id()
        stub.answer = case.told("unknown", reference)
        answer = case.bank.query(case.account(stub.base_url), reference)
        assert answer.verdict in (Verdict.UNVERIFIED, Verdict.PENDING)
        assert not answer.confirmed_not_charged

    def test_query_answers_about_something_else_decide_nothing(self, case: BankCase, stub: Stub) -> None:
        reference = random_id()
        stub.answer = case.told("paid", reference)
        genuine = case.bank.query(case.account(stub.base_url), reference)
        wrong = list(case.wrong_echoes(reference))
        for answer in wrong:
            stub.answer = answer
            told = case.bank.query(case.account(stub.base_url), reference)
            assert decides_nothing(told)
            assert (told.reason, told.bank_txn, told.amount_cents) == ("ECHO_MISMATCH", "", None)
            assert told.message_key != genuine.message_key
        assert len(wrong) >= 3

    def test_query_when_nobody_answers(self, case: BankCase) -> None:
        with pytest.raises(BankUnavailable):
            case.bank.query(case.account("http://127.0.0.1:9"), random_id())


# --- forgeries --------------------------------------------------------------------------------------------------------

Forged = dict[str, tuple[str, ...]]
Family = Callable[[BankCase, random.Random, Message, str], Iterator[Forged]]
FAMILIES: dict[str, Family] = {}
PRINTABLE = "".join(map(chr, range(32, 127)))


def _covered(case: BankCase, message: Forged) -> tuple[tuple[str, ...], ...]:
    """What a message claims under its signature; absent and one empty value are the same."""
    return tuple(message.get(name) or ("",) for name in (*case.signed, case.signature))


def family(make: Callable[[BankCase, random.Random, Message, str], Iterator[Message | Forged]]) -> Family:
    def forge(case: BankCase, chance: random.Random, genuine: Message, ticket: str) -> Iterator[Forged]:
        for message in make(case, chance, genuine, ticket):
            yield all_values(message)

    FAMILIES[make.__name__] = forge
    return forge


@family
def one_character_of_a_signed_value(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in case.signed:
        value = genuine[name]
        at = chance.randrange(len(value) + 1)
        yield genuine | {name: value[:at] + chance.choice(PRINTABLE) + value[at + 1 :]}


@family
def a_character_more_or_less(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in case.signed:
        value = genuine[name]
        at = chance.randrange(len(value) + 1)
        yield genuine | {name: value[:at] + chance.choice(PRINTABLE) + value[at:]}
        yield genuine | {name: value[:at] + value[at + 1 :]}


@family
def two_values_swapped(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    one, other = chance.sample(case.signed, 2)
    yield genuine | {one: genuine[other], other: genuine[one]}


@family
def text_moved_between_neighbours(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for one, other in zip(case.signed, case.signed[1:], strict=False):
        if genuine[one]:
            at = chance.randrange(len(genuine[one]))
            yield genuine | {one: genuine[one][:at], other: genuine[one][at:] + genuine[other]}


@family
def every_other_split(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    """The same signed text cut elsewhere, with and without the separator."""
    for separator in (";", "", "|", "&"):
        text = separator.join(genuine[name] for name in case.signed)
        cuts = sorted(chance.choices(range(len(text) + 1), k=len(case.signed) - 1))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        yield genuine | dict(zip(case.signed, pieces, strict=True))


@family
def separator_inside_a_value(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for at, name in enumerate(case.signed[:-1]):
        joined = genuine[name] + ";" + genuine[case.signed[at + 1]]
        yield genuine | {name: joined, case.signed[at + 1]: ""}
        yield {k: v for k, v in (genuine | {name: joined}).items() if k != case.signed[at + 1]}


@family
def a_field_left_out(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in (*case.signed, case.signature):
        yield {other: value for other, value in genuine.items() if other != name}


@family
def a_field_given_twice(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in (*case.signed, case.signature):
        yield {k: (v,) for k, v in genuine.items()} | {name: (genuine[name], genuine[name])}
        yield {k: (v,) for k, v in genuine.items()} | {name: (genuine[name], "Success")}
        yield {k: (v,) for k, v in genuine.items()} | {name: ("00", genuine[name])}


@family
def numbers_made_of_text(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in case.signed:
        value = genuine[name]
        if value.isdigit():
            yield genuine | {name: value.lstrip("0") or "0"}
            yield genuine | {name: "0" + value}
            yield genuine | {name: value + ".0"}
            yield genuine | {name: "".join(chr(ord(char) + 0xFEE0) for char in value)}


@family
def blanks_and_invisible_characters(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in (*case.signed, case.signature):
        extra = chance.choice([" ", "\t", "\n", "\r\n", "\x00", "\u200b", "\u202e", "\ufeff", "\u00a0", "\ud800"])
        yield genuine | {name: genuine[name] + extra}
        yield genuine | {name: extra + genuine[name]}


@family
def other_case(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in (*case.signed, case.signature):
        yield genuine | {name: genuine[name].swapcase()}


@family
def the_signature_damaged(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    value = genuine[case.signature]
    at = chance.randrange(len(value))
    yield genuine | {case.signature: value[:at] + chance.choice("0123456789ABCDEF") + value[at + 1 :]}
    yield genuine | {case.signature: value[:at]}
    yield genuine | {case.signature: value + value[at]}
    yield genuine | {case.signature: value[::-1]}
    yield genuine | {case.signature: ""}
    yield genuine | {case.signature: chance.randbytes(32).hex().upper()}


@family
def the_signature_of_another_message(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for outcome in EXPECTED:
        other = case.message(outcome, random_id(), case.ticket(chance))
        yield genuine | {case.signature: other[case.signature]}
        yield genuine | {name: other[name] for name in case.signed}
        yield other | {case.signed[0]: genuine[case.signed[0]]}


@family
def a_better_outcome(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for outcome in EXPECTED:
        for key in ("", "0" * 32, chance.randbytes(16).hex()):
            yield case.message(outcome, genuine[case.signed[0]], key)


@family
def signatures_without_a_key(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for signature in case.weak_signatures(genuine, ticket):
        yield genuine | {case.signature: signature}


@family
def signed_for_another_account(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    yield case.message("paid", genuine[case.signed[0]], ticket, case.other_account())


@family
def names_in_other_case(case, chance, genuine, ticket):  # type: ignore[no-untyped-def]
    for name in (*case.signed, case.signature):
        if genuine[name]:
            yield {(other.lower() if other == name else other): value for other, value in genuine.items()}

"""Every machine word that the product writes for staff to read has plain words: worklist, deliveries, audit, banks.

Words are collected from the source itself, so a new one without plain words is found the day it is written.
"""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest
from django.utils import translation

from obolos.adapters.banks import contract, piraeus
from obolos.adapters.dias.online import Rejection
from obolos.domain.audit.models import Actor
from obolos.domain.debts.models import DebtKind, DebtsFileState
from obolos.domain.deliveries.models import DeliveryState, Target
from obolos.domain.payments.models import AttemptState, Disposition, Means, OrderState
from obolos.domain.reconciliation.models import WorklistKind
from obolos.interfaces.office import words

ROOT = Path(__file__).resolve().parents[2] / "obolos"
#: Functions of ours whose text arguments become rows that staff read.
WRITERS = {
    "open_worklist", "ask_about_sale", "ask_about_delivery", "store_result", "decide", "add_audit_entry", "_contradiction",
    "deliver_again", "audit", "_audit", "note_own_change",
}  # fmt: skip
#: Tables whose words staff read, as SQL names them when it writes.
_KINDS = "|".join(str(kind) for kind in WorklistKind)
TABLES = re.compile(rf"(?:INSERT INTO|UPDATE) (?:worklist_item|delivery|audit_entry|bank_result)\b|'(?:{_KINDS})'")
ENUMS: tuple[type[Enum], ...] = (
    WorklistKind, DeliveryState, Target, AttemptState, Disposition, Means, OrderState, DebtsFileState, DebtKind, Actor,
    Rejection, contract.Verdict,
)  # fmt: skip
#: «kind:id» subjects are no words; these are the names before the colon.
SUBJECT = re.compile(r"([a-z_]+):")


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts and "demo_data" not in path.parts:
            yield path, ast.parse(path.read_text())


def _texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _written() -> dict[str, str]:
    """Machine word → file that writes it."""
    found: dict[str, str] = {}
    for path, tree in _sources():
        for node in ast.walk(tree):
            said: list[str] = []
            if isinstance(node, ast.Call) and _name(node) in WRITERS:
                said = [text for part in (*node.args, *(key.value for key in node.keywords)) for text in _texts(part)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLES.search(node.value):
                said = re.findall(r"'([A-Za-z_.]+)'", node.value)
            elif isinstance(node, ast.FunctionDef) and node.name == "_why":
                said = list(_texts(node))
            for word in said:
                if re.fullmatch(r"[A-Z][A-Z0-9_]{3,}|[a-z_]+\.[a-z_]+", word):
                    found.setdefault(word, str(path.relative_to(ROOT)))
    return found


def _known() -> set[str]:
    return {*words._WORDS, *words._EVENTS}


def test_the_search_finds_what_is_known_to_be_written() -> None:
    found = _written()
    assert {"PAID_BELOW_ACKNOWLEDGED", "MORE_THAN_OWED", "RF_ISSUED", "DEBT_CLOSED_MEANWHILE", "payment.booked",
            "NO_DAY_FILE_LINE", "INTERNAL_ERROR"} <= set(found)  # fmt: skip


def test_every_word_written_for_staff_has_plain_words() -> None:
    missing = {word: where for word, where in _written().items() if word not in _known()}
    assert missing == {}


def test_every_state_and_answer_has_plain_words() -> None:
    values = {str(one.value) for enum in ENUMS for one in enum}
    banks = {
        value
        for module in (contract, piraeus)
        for name, value in vars(module).items()
        if isinstance(value, str) and name.isupper() and re.fullmatch(r"[A-Z_]{4,}", value)
    }
    declined = {word for word in _strings_of("adapters/banks/piraeus.py") if word.startswith("DECLINED_")}
    assert {word for word in values | banks | declined if word not in _known()} == set()


def _strings_of(name: str) -> set[str]:
    return set(_texts(ast.parse((ROOT / name).read_text())))


def test_every_subject_has_a_name() -> None:
    written: set[str] = set()
    for _, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node) in WRITERS:
                for part in (*node.args, *(key.value for key in node.keywords)):
                    written |= {found[1] for text in _texts(part) if (found := SUBJECT.fullmatch(text))}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and TABLES.search(node.value):
                written |= set(re.findall(r"'([a-z_]+):'", node.value))
    assert {"payment", "instalment", "attempt", "order", "rf"} <= written
    ledger_keys = {"pay"}
    assert written - set(words._SUBJECTS) - ledger_keys == set()


@pytest.mark.parametrize("language", ["el", "en"])
def test_a_subject_is_named_for_reading(language: str) -> None:
    with translation.override(language):
        said = words.subject("instalment:22334")
    assert said == {"el": "δόση 22334", "en": "instalment 22334"}[language]
    assert "_" not in words.subject("rf:RF18539001234567890123456")

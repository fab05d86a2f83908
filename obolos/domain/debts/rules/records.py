"""Quote lines as plain values (text, integers, lists), so that an order can freeze them and explain them years later.

Nothing is computed here: what goes in comes out.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any

from obolos.domain.debts.rules.kinds import Component, WindowEvent
from obolos.domain.debts.rules.quotes import (
    AddedInputs,
    DiscountInputs,
    GivenInputs,
    LineInputs,
    PrincipalInputs,
    QuoteLine,
    SurchargeInputs,
)
from obolos.domain.debts.rules.rates import Counting, Segment

_SHAPES: dict[str, type[LineInputs]] = {
    "principal": PrincipalInputs,
    "given": GivenInputs,
    "added": AddedInputs,
    "surcharge": SurchargeInputs,
    "discount": DiscountInputs,
}
_NAMES = {shape: name for name, shape in _SHAPES.items()}
_DATES = frozenset({"on", "due_on", "effective_due_on", "event_on", "last_on", "from_on", "as_of"})


def line_to_plain(line: QuoteLine) -> dict[str, Any]:
    """A line as a JSON object; dates in ISO form, amounts in cents."""
    return {
        "component": line.component.value,
        "code": line.code,
        "target_code": line.target_code,
        "amount_cents": line.amount_cents,
        "rule": line.rule,
        "article": line.article,
        "inputs": {"shape": _NAMES[type(line.inputs)], **_plain_fields(line.inputs)},
    }


def line_from_plain(plain: Mapping[str, Any]) -> QuoteLine:
    """The line that `line_to_plain` wrote. KeyError or ValueError when it did not."""
    inputs = dict(plain["inputs"])
    shape = _SHAPES[inputs.pop("shape")]
    return QuoteLine(
        Component(plain["component"]),
        plain["code"],
        plain["target_code"],
        plain["amount_cents"],
        plain["rule"],
        plain["article"],
        shape(**{name: _read(name, value) for name, value in inputs.items()}),
    )


def _plain_fields(shape: LineInputs | Segment) -> dict[str, Any]:
    return {field.name: _write(getattr(shape, field.name)) for field in fields(shape)}


def _write(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain_fields(segment) for segment in value]
    return value


def _read(name: str, value: Any) -> Any:
    if name in _DATES:
        return value and date.fromisoformat(value)
    if name == "segments":
        return tuple(Segment(**{key: _read(key, one) for key, one in segment.items()}) for segment in value)
    if name == "counting":
        return Counting(value)
    if name == "event":
        return WindowEvent(value)
    return value

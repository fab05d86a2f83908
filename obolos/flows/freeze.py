"""What an order remembers of one instalment for ever: what is paid of it, in which parts, and the quote in words."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from obolos.domain.debts.rules import Allocation, Component
from obolos.domain.debts.wording import explain, line_label
from obolos.domain.payments.actions import NewLine


def frozen_line(instalment_id: int, allocation: Allocation, *, on: date) -> NewLine:
    """An order's line that pays what `allocation` says, by its quote of the legal date `on`."""
    return NewLine(
        instalment_id=instalment_id,
        principal_cents=allocation.cents(Component.PRINCIPAL),
        discount_cents=allocation.discount_cents,
        amount_cents=allocation.paid_cents,
        surcharged_months=allocation.surcharged_months,
        surcharge_carried_cents=allocation.surcharge_carried_cents,
        parts=[(str(part.component), part.target_code, part.cents) for part in allocation.parts if part.cents],
        quote=[
            {
                "component": str(one.component),
                "code": one.code,
                "target": one.target_code,
                "cents": one.amount_cents,
                "rule": one.rule,
                "article": one.article,
                "inputs": plain(asdict(one.inputs)),
                "el": [line_label(one, "el"), explain(one, "el", on=on).sentence],
                "en": [line_label(one, "en"), explain(one, "en", on=on).sentence],
            }
            for one in allocation.quote.lines
        ],
    )


def plain(value: Any) -> Any:
    """Inputs of a quote line as JSON: dates and exact numbers as text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (date, Decimal)):
        return str(value)
    return value

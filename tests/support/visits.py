"""Visits that went a known way, written as the product writes them: a funnel whose every number is known."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_funnel_event
from tests.support.world import Town

#: (step, channel, seconds after the beginning) or with what the event says besides.
Step = tuple[str, str, int] | tuple[str, str, int, Mapping[str, Any]]


def walk(town: Town, steps: Sequence[Step], *, count: int, at: datetime) -> None:
    """So many visits that took these steps, one minute after another."""
    with tenancy(municipality=town.id):
        for number in range(count):
            visit, began = uuid.uuid4().hex, at + timedelta(minutes=number)
            for step, channel, seconds, *detail in steps:
                add_funnel_event(
                    step=step,
                    channel=channel,
                    visit=visit,
                    detail=detail[0] if detail else {},
                    now=began + timedelta(seconds=seconds),
                )

"""When a new debt falls due, where no special law or decision says otherwise (R24)."""

from datetime import date, timedelta

from obolos.base.dates import Calendar, add_months


def due_after_certification(certified_on: date, calendar: Calendar) -> date:
    """D1: last working day of the month after certification. 3/10/2025 → Fri 28/11/2025. ΚΕΔΕ art. 5."""
    following = add_months(certified_on, 1)
    return calendar.last_working_day_of_month(following.year, following.month)


def due_after_period(period_ends_on: date, calendar: Calendar) -> date:
    """D2: last working day of the month after the period of a return. October 2025 → Fri 28/11/2025."""
    following = add_months(period_ends_on, 1)
    return calendar.last_working_day_of_month(following.year, following.month)


def due_after_event(event_on: date, days: int) -> date:
    """D3: event + `days`, not yet moved to a working day (R1 does that when a quote is made)."""
    if days < 0:
        raise ValueError("days must not be negative")
    return event_on + timedelta(days=days)

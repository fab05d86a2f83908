"""When to ask a bank about an attempt, and when to give it up. Pure."""

from datetime import datetime, timedelta

EVERY = timedelta(seconds=90)
GRACE = timedelta(minutes=10)
HOURLY_FOR = timedelta(hours=48)
DAILY_FOR = timedelta(days=30)
#: A signed return is confirmed by the bank's own answer soon after.
CONFIRM_AFTER = timedelta(seconds=60)


def next_query_at(*, created_at: datetime, ticket_expires_at: datetime, now: datetime) -> datetime | None:
    """When to ask next about an undecided attempt; None when the 30 days are over.

    Every 90 s until the ticket expires + 10 minutes, then after 15 minutes, an hour, hourly for 48 hours, daily for
    30 days: what a closed tab hides is known within two minutes, and what a bank holds back is never forgotten.
    """
    window = ticket_expires_at + GRACE
    if now < window:
        return min(now + EVERY, window)
    for step in (timedelta(minutes=15), timedelta(minutes=15) + timedelta(hours=1)):
        if now < window + step:
            return window + step
    if now < window + HOURLY_FOR:
        return now + timedelta(hours=1)
    if now < created_at + DAILY_FOR:
        return now + timedelta(days=1)
    return None


def may_abandon(*, ticket_expires_at: datetime, denied_before_at: datetime | None, now: datetime) -> bool:
    """Whether «no such sale» may end an attempt: the window is over and the bank had said it 10 minutes before too."""
    if now < ticket_expires_at + GRACE or denied_before_at is None:
        return False
    return now - denied_before_at >= GRACE and denied_before_at >= ticket_expires_at

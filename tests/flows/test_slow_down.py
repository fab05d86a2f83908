"""Five tries in a quarter of an hour, per address and per number; found ones do not count; at once is not more."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from obolos.flows.slow_down import WITHIN, allow, allow_writing, give_back, wait_seconds
from tests.support.world import NOW

pytestmark = pytest.mark.usefixtures("db_clean")
MOST = 5
HOME, AWAY = "192.0.2.1", "192.0.2.2"


def tries(address: str, number: str = "", *, times: int = 1, now=NOW) -> list[bool]:
    return [allow(address, number or f"{address}-{turn}", now=now + timedelta(seconds=turn)) for turn in range(times)]


def test_the_sixth_number_from_one_address_waits() -> None:
    assert tries(HOME, times=MOST) == [True] * MOST
    assert not allow(HOME, "another", now=NOW + timedelta(seconds=9))
    assert allow(AWAY, "another one", now=NOW + timedelta(seconds=9))


def test_the_sixth_address_for_one_number_waits_however_it_is_spelt() -> None:
    spelt = ["RF12 3456", "rf123456", "RF-12-34-56", "ＲＦ123456", " rf 123 456 "]
    assert [allow(f"192.0.2.{turn}", number, now=NOW) for turn, number in enumerate(spelt)] == [True] * 5
    assert not allow("192.0.2.99", "RF123456", now=NOW)
    assert allow("192.0.2.99", "RF123457", now=NOW)


def test_the_wait_ends_a_quarter_of_an_hour_after_and_is_not_prolonged_by_trying() -> None:
    tries(HOME, times=MOST)
    almost = NOW + WITHIN - timedelta(seconds=1)
    assert not any(allow(HOME, f"x{turn}", now=NOW + timedelta(minutes=turn)) for turn in range(1, 15))
    assert not allow(HOME, "y", now=almost)
    assert allow(HOME, "y", now=NOW + WITHIN)


def test_what_was_found_does_not_count() -> None:
    for turn in range(20):
        now = NOW + timedelta(seconds=turn)
        assert allow(HOME, f"{turn}", now=now)
        give_back(HOME, f"{turn}", now=now)
    give_back(HOME, "never tried", now=NOW)


def test_a_try_is_given_back_once() -> None:
    assert [allow(HOME, f"{turn}", now=NOW) for turn in range(MOST)] == [True] * MOST
    give_back(HOME, "0", now=NOW)
    assert allow(HOME, "x", now=NOW)
    assert not allow(HOME, "y", now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("nonsense", "", True),
    ],
)
def test_who_is_one_address(one: str, other: str, same: bool) -> None:
    tries(one, times=MOST)
    assert allow(other, "z", now=NOW + timedelta(seconds=9)) == (not same)


def test_trying_many_at_once_gets_no_further() -> None:
    told: list[bool] = []
    start = threading.Barrier(12)

    def one(turn: int) -> None:
        start.wait()
        try:
            told.append(allow(HOME, f"{turn}", now=NOW))
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=one, args=[turn]) for turn in range(12)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(timeout=30)
    assert sorted(told) == [False] * 7 + [True] * 5


def test_nothing_kept_tells_an_address_or_a_number_and_a_day_later_it_is_gone() -> None:
    allow(HOME, "RF123456", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM lookup_try t")
        text = cursor.fetchone()[0]
        assert HOME not in text
        assert "123456" not in text
        allow(AWAY, "x", now=NOW + timedelta(days=1, minutes=1))
        cursor.execute("SELECT count(*) FROM lookup_try")
        assert cursor.fetchone()[0] == 2


def test_an_operator_may_let_one_address_miss_more_often_and_each_number_stays_guarded(settings) -> None:
    settings.OBOLOS_TRIES_PER_ADDRESS = 12
    assert tries(HOME, times=12) == [True] * 12
    assert not allow(HOME, "another", now=NOW + timedelta(seconds=12))
    assert wait_seconds(HOME, "another", now=NOW + timedelta(seconds=12)) == 888
    assert tries(AWAY, "one number", times=6) == [True] * MOST + [False]


def test_messages_about_what_is_held_are_no_misses() -> None:
    assert [allow_writing("inquiry 1 2", now=NOW) for _ in range(21)] == [True] * 20 + [False]
    assert allow_writing("inquiry 1 3", now=NOW)
    assert tries(HOME, times=MOST) == [True] * MOST

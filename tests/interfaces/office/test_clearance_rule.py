"""The administrator's rule for certificates of no debt."""

import pytest

from obolos.domain.people.models import Role
from obolos.flows.clear import Rule, rule_of
from tests.interfaces.office.conftest import SignIn
from tests.support.world import Town, one

PATH = "/office/door/clearance/"
WANTED = {"offered": "1", "not_due_blocks": "1", "valid_days": "60", "known_within_days": "7"}


def test_a_rule_is_kept_and_noted(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.ADMIN)
    assert client.post(PATH, WANTED).url == PATH
    assert rule_of(town.id) == Rule(offered=True, valid_days=60, not_due_blocks=True, known_within_days=7)
    assert 'role="status"' in client.get(PATH).content.decode()
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'clearance.rule_changed'") == 1


@pytest.mark.parametrize("days", ["0", "366", "", "x", "-1", "1.5", "٣", "99999999"])
def test_days_that_are_none_are_refused_where_they_stand(town: Town, staff: SignIn, days: str) -> None:
    client = staff(town, Role.ADMIN)
    answer = client.post(PATH, WANTED | {"valid_days": days})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#valid_days"' in page
    assert 'href="#known_within_days"' not in page
    assert rule_of(town.id) == Rule()


def test_only_the_administrator_sets_it(town: Town, staff: SignIn) -> None:
    for role in set(Role) - {Role.ADMIN}:
        client = staff(town, role)
        assert client.get(PATH).status_code == client.post(PATH, WANTED).status_code == 403
    assert rule_of(town.id) == Rule()

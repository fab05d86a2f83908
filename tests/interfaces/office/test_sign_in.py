"""Staff sign in with a password and a one-time code; each code counts once, and too many wrong ones wait."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.test import Client

from launch.codes import totp
from obolos.domain.people.models import Role
from tests.interfaces.office.conftest import PASSWORD, SECRET, admit
from tests.support.world import Town, rows

LOGIN, CODE, SET_UP = (
    "/office/account/login/",
    "/office/account/2fa/authenticate/",
    "/office/account/2fa/totp/activate/",
)
ACCOUNT = "clerk-9084"


def password(client: Client, text: str = PASSWORD, account: str = ACCOUNT) -> Any:
    return client.post(LOGIN, {"login": account, "password": text, "next": "/office/worklist/"})


def code(client: Client, steps: int = 0) -> Any:
    return client.post(CODE, {"code": totp(SECRET, time.time() + 30 * steps)})


def is_in(client: Client) -> bool:
    return bool(client.get("/office/").status_code == 200)


def test_password_and_code_lead_to_the_page_that_was_wanted(town: Town) -> None:
    user = admit(town, Role.CLERK)
    client = Client()
    wanted = client.get("/office/worklist/")
    assert wanted.url.startswith(f"{LOGIN}?next=")
    assert "Κωδικός" in client.get(wanted.url).content.decode()
    assert password(client).url.startswith(CODE)
    assert not is_in(client), "a password alone opens nothing"
    assert code(client).url == "/office/worklist/"
    page = client.get("/office/worklist/")
    assert page.status_code == 200
    assert page.headers["Cache-Control"].startswith("no-store")
    assert ("staff.signed_in", user) in rows(town, "SELECT action, actor_id FROM audit_entry")


def test_a_code_counts_once_whichever_process_hears_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    admit(town, Role.CLERK)
    first, second = Client(), Client()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    for client in (first, second):
        password(client)
    assert code(first).status_code == 302
    # Another process has a memory of its own; only the database is shared.
    monkeypatch.setattr("django.core.cache.cache.add", lambda *args, **kwargs: True)
    assert code(second).status_code == 200
    assert code(second, steps=-1).status_code == 200, "an older one is refused too"
    assert not is_in(second)
    assert code(second, steps=1).status_code == 302


def test_wrong_codes_wait_like_wrong_passwords_and_right_ones_with_them(town: Town) -> None:
    admit(town, Role.CLERK)
    client = Client()
    password(client)
    for _ in range(4):
        assert client.post(CODE, {"code": "000000"}).status_code == 200
    locked = client.post(CODE, {"code": "000000"})
    assert locked.status_code == 429
    assert "δεκαπέντε λεπτά" in locked.content.decode()
    assert code(client).status_code == 429
    assert not is_in(client)
    assert password(Client()).status_code == 429


def test_wrong_passwords_wait(town: Town) -> None:
    admit(town, Role.CLERK)
    client = Client()
    answers = [password(client, "wrong").status_code for _ in range(6)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert password(client).status_code == 429


def test_unknown_accounts_and_wrong_passwords_look_alike(town: Town) -> None:
    admit(town, Role.CLERK)
    wrong = password(Client(), "wrong").content.decode()
    unknown = password(Client(), "wrong", "nobody").content.decode()

    def bare(text: str) -> str:
        lines = text.splitlines()
        return "\n".join(line for line in lines if "csrf" not in line and 'name="login"' not in line)

    assert bare(wrong) == bare(unknown)


def test_without_a_second_factor_only_its_set_up_opens(town: Town) -> None:
    user = admit(town, Role.CLERK)
    Authenticator.objects.filter(user_id=user).delete()
    client = Client()
    password(client)
    assert client.get("/office/").url == SET_UP
    page = client.get(SET_UP)
    secret = client.session["mfa.totp.secret"]
    assert secret in page.content.decode().replace(" ", "")
    assert client.post(SET_UP, {"code": "12345x"}).status_code == 200
    done = client.post(SET_UP, {"code": totp(secret, time.time())}, follow=True)
    assert done.redirect_chain[-1][0].startswith(LOGIN), "now with both factors"
    assert password(client).url.startswith(CODE)


def test_the_secret_of_the_codes_is_sealed(town: Town) -> None:
    user = admit(town, Role.CLERK)
    stored = Authenticator.objects.get(user_id=user).data["secret"]
    assert stored.startswith("v1.")
    assert SECRET not in stored


def test_nobody_signs_up_and_the_rest_of_the_account_pages_is_not_there(town: Town) -> None:
    admit(town, Role.CLERK)
    client = Client()
    password(client)
    code(client)
    unused = ("signup/", "email/", "password/reset/", "password/change/", "2fa/recovery-codes/", "2fa/totp/deactivate/")
    for path in unused:
        for visitor in (Client(), client):
            assert visitor.get(f"/office/account/{path}").status_code == 404, path
            assert visitor.post(f"/office/account/{path}").status_code == 404, path


def test_signing_out_ends_it(town: Town) -> None:
    user = admit(town, Role.CLERK)
    client = Client()
    password(client)
    code(client)
    assert client.get("/office/account/logout/").status_code == 200
    assert is_in(client), "asking is not leaving"
    assert client.post("/office/account/logout/").url == LOGIN
    assert not is_in(client)
    assert ("staff.signed_out", user) in rows(town, "SELECT action, actor_id FROM audit_entry")


def test_a_user_who_works_nowhere_or_no_more_gets_no_further(town: Town) -> None:
    user = admit(town, Role.CLERK)
    client = Client()
    password(client)
    code(client)
    get_user_model().objects.filter(pk=user).update(is_active=False)
    assert client.get("/office/").status_code in {302, 403}


def test_a_sign_in_sends_nobody_to_another_site(town: Town) -> None:
    admit(town, Role.CLERK)
    client = Client()
    client.post(LOGIN, {"login": ACCOUNT, "password": PASSWORD, "next": "https://elsewhere.example/"})
    assert code(client).url == "/office/"

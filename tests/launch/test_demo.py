"""`make demo` as a person meets it: it starts, says where it is, refuses what cannot work, stops whole, keeps rows."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from launch import children, demo, environment, keys, places, servers
from launch.servers import APP

START_SECONDS = 60
READY = "Ctrl-C stops everything"


@pytest.fixture
def variables(var: Path) -> dict[str, str]:
    """For a demo of the test's own."""
    placing = {"OBOLOS_VAR": str(var), "PORT": str(children.free_port()), "SANDBOX_PORT": str(children.free_port())}
    return environment.without_product() | placing


def _launch(verb: str, variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "launch", verb, *words]
    return subprocess.run(
        command, cwd=places.ROOT, env=variables, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )


@contextmanager
def _demo(variables: dict[str, str], said: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`make demo` in the background, once it is ready."""
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "launch", "demo"],
            cwd=places.ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        give_up = time.monotonic() + START_SECONDS
        while READY not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < give_up, said.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _municipalities(own: keys.Keys) -> list[tuple[str]]:
    with psycopg.connect(servers.addressed("pg", own).url(APP)) as connection:
        return connection.execute("SELECT code FROM municipality ORDER BY code").fetchall()


def test_it_starts_says_where_it_is_and_stops_whole(variables: dict[str, str], var: Path, tmp_path: Path) -> None:
    portal, sandbox = f"http://localhost:{variables['PORT']}", f"http://127.0.0.1:{variables['SANDBOX_PORT']}"
    with _demo(variables, tmp_path / "first") as process:
        said = (tmp_path / "first").read_text()
        assert portal in said
        assert sandbox in said
        sign_ins = json.loads((var / "demo.json").read_text())
        for one in sign_ins["staff"]:
            assert one["password"] in said
            assert one["totp_secret"] in said
        fine = sign_ins["fine"]
        assert f"number {fine['number']}, plate {fine['plate']}" in said
        by_code = f"{portal}/k/{fine['code']}"
        assert by_code in said.split("Citizens")[0], "among the first lines"
        page = httpx.get(by_code, follow_redirects=True)
        assert page.status_code == 200
        assert fine["number"] in page.text
        assert httpx.get(f"{portal}/").status_code == 200
        assert httpx.get(f"{portal}/health/ready").status_code == 200
        assert httpx.get(f"{sandbox}/").status_code == 200

        again = _launch("demo", variables)
        assert (again.returncode, again.stderr.count("\n")) == (1, 1)
        assert "A demo is running here already" in again.stderr
        with_same_port = _launch("demo", variables | {"OBOLOS_VAR": str(tmp_path / "other")})
        assert (with_same_port.returncode, with_same_port.stderr.count("\n")) == (1, 1)
        assert f"Port {variables['PORT']} is in use" in with_same_port.stderr
        assert "PORT=" in with_same_port.stderr
        assert re.fullmatch(r"\d{6}\n", _launch("code", variables, sign_ins["staff"][0]["account"]).stdout)

        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    for address in (portal, sandbox):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/")
    assert not (var / "pg" / "data" / "postmaster.pid").exists()

    with _demo(variables, tmp_path / "second") as process:
        assert "Loading" not in (tmp_path / "second").read_text()
        assert json.loads((var / "demo.json").read_text()) == sign_ins
        assert httpx.get(f"{portal}/").status_code == 200
        web = int(_pid_listening(int(variables["PORT"])))
        os.kill(web, signal.SIGKILL)
        assert process.wait(30) == 1
    assert "web server ended by itself" in (tmp_path / "second").read_text()
    assert not (var / "pg" / "data" / "postmaster.pid").exists()


def _pid_listening(port: int) -> int:
    """The oldest process of the web server on that port: its command line names it."""
    found = [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and f"--port\0{port}\0" in (folder / "cmdline").read_text(errors="replace")
    ]
    return min(found)


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load a small demo, for tests of what happens around the loading."""
    manage = demo.manage
    load = (
        "from django.conf import settings; from obolos.base.dates import athens_now; "
        "from obolos.flows.demo_data import load_demo; "
        "load_demo(sandbox_url='http://127.0.0.1:1', keep_in=settings.OBOLOS_VAR, now=athens_now(), people=50, "
        "debts=200)"
    )

    def manage_few(variables: dict[str, str], *words: str, quiet: bool = False) -> None:
        manage(variables, *(("shell", "-c", load) if words == ("demo_data",) else words), quiet=quiet)

    monkeypatch.setattr(demo, "manage", manage_few)


@pytest.mark.usefixtures("few_people")
def test_an_interrupted_loading_begins_anew(var: Path) -> None:
    own = keys.read_or_make()
    addresses = environment.chosen_addresses()
    with servers.running("pg", own) as server:
        demo.prepare(server, addresses)
        assert len(_municipalities(own)) == 3
        (var / "demo.json").unlink()
        (var / "demo-loading").touch()
        demo.prepare(server, addresses)
        assert len(_municipalities(own)) == 3
        assert (var / "demo.json").exists()
        assert not (var / "demo-loading").exists()


@pytest.mark.usefixtures("few_people")
def test_a_reset_begins_anew(var: Path) -> None:
    own = keys.read_or_make()
    with servers.running("pg", own) as server:
        demo.prepare(server, environment.chosen_addresses())
    sign_ins = (var / "demo.json").read_text()
    (var / "dias" / "inbox" / "DIAS_99083_20260101_1.csv").touch()
    demo.reset()
    assert (var / "demo.json").read_text() != sign_ins
    assert not list((var / "dias" / "inbox").iterdir())
    assert keys.read_or_make() == own

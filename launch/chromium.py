"""Finds the Chromium that browser tests drive; installs Debian's where it may. Browser tests are never skipped."""

import os
import shutil
import subprocess
from pathlib import Path

from launch.stop import Stop

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
#: For a browser that speaks to this machine only. Root has no sandbox, and containers have little shared memory.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
)


def find() -> str | None:
    """Path of a Chromium on this machine: `CHROMIUM` first."""
    told = os.environ.get("CHROMIUM")
    if told:
        if not os.access(told, os.X_OK):
            raise Stop(f"CHROMIUM={told} is not a program.")
        return told
    for name in _NAMES:
        path = shutil.which(name)
        if path:
            return path
    return str(_MAC) if _MAC.exists() else None


def ensure() -> str:
    """Path of a Chromium, installed first where we are root on Debian. Stop when there is none to be had."""
    path = find()
    if path:
        return path
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        raise Stop("The browser tests need Chromium: install it, or set CHROMIUM to its path.")
    print("Installing Chromium for the browser tests …", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        [apt, "-q", "update"],
        [apt, "-q", "install", "-y", "--no-install-recommends", "chromium"],
    ):
        done = subprocess.run(command, env=os.environ | quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-2000:])
            raise Stop("Chromium could not be installed (see above): install it, or set CHROMIUM to its path.")
    path = find()
    if not path:
        raise Stop("Chromium was installed but is not on the path: set CHROMIUM to its path.")
    return path

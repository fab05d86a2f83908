"""Where things lie: the checkout, its environment, and everything that running it leaves behind (`var/`)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"


def venv_program(name: str) -> Path:
    """A program of the environment, e.g. `python`."""
    return VENV / "bin" / name


def var() -> Path:
    """Folder of all that running leaves behind: `OBOLOS_VAR`, else `var/`. Made when missing."""
    folder = Path(os.environ.get("OBOLOS_VAR") or ROOT / "var").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_folder() -> Path:
    """Logs of the demo's processes; readable by their owner only."""
    folder = var() / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder

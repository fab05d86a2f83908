"""Where the sandbox listens and whom it calls, from the environment. It knows none of the product's keys."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Addresses of one running sandbox."""

    port: int
    portal: str
    var: Path
    inbox: Path
    silence_seconds: float
    pending_seconds: float

    @property
    def own(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def smtp_port(self) -> int:
        """Mail arrives on the next port."""
        return self.port + 1


def from_environment() -> Settings:
    """SANDBOX_PORT, OBOLOS_PORTAL_URL, OBOLOS_VAR, OBOLOS_DIAS_INBOX, with the demo's defaults."""
    var = Path(os.environ.get("OBOLOS_VAR") or "var").absolute()
    return Settings(
        port=int(os.environ.get("SANDBOX_PORT") or 8100),
        portal=(os.environ.get("OBOLOS_PORTAL_URL") or "http://localhost:8000").rstrip("/"),
        var=var,
        inbox=Path(os.environ.get("OBOLOS_DIAS_INBOX") or var / "dias" / "inbox").absolute(),
        silence_seconds=float(os.environ.get("SANDBOX_SILENCE_SECONDS") or 12),
        pending_seconds=float(os.environ.get("SANDBOX_PENDING_SECONDS") or 20),
    )

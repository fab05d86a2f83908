"""`worker`: run the ticks until told to stop (SIGTERM, Ctrl-C)."""

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app


class Command(BaseCommand):
    help = "Run the worker: polls banks, tells ERP and payers, reads files that arrived."

    def handle(self, *args: Any, **options: Any) -> None:
        import_module("obolos.interfaces.worker.ticks")
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        with app.replace_connector(connector) as worker_app:
            worker_app.run_worker(
                concurrency=4,
                delete_jobs="always",
                install_signal_handlers=True,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=5.0,
                stalled_worker_timeout=20.0,
            )

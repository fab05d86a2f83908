"""A fresh migrated database on a private cluster of its own, for measurements: nothing of the demo's is touched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launch import children, demo, environment, keys, places, roles, servers
from launch.environment import Addresses
from launch.servers import APP, OWNER, Server

CLUSTER = "pg-bench"


@dataclass(frozen=True, slots=True)
class Scratch:
    """The database, an empty folder, two free ports, and the product's variables for all of them."""

    server: Server
    database: str
    folder: Path
    addresses: Addresses

    def variables(self, *, owner: bool = False) -> dict[str, str]:
        """What the product reads: as the application, or as the owner for migrations and loads."""
        owner_url = self.server.url(OWNER, self.database) if owner else ""
        own = self.server.keys
        found = environment.product(own, self.server.url(APP, self.database), self.addresses, owner_url=owner_url)
        return found | {"OBOLOS_VAR": str(self.folder), "OBOLOS_DIAS_INBOX": str(self.folder / "dias" / "inbox")}


@contextmanager
def fresh_database(database: str = "obolos_bench") -> Iterator[Scratch]:
    """Make it, migrate it, drop it at the end. The server's settings are the demo's: every control on."""
    folder = places.var() / "scratch" / database
    with servers.running(CLUSTER, keys.read_or_make()) as server:
        roles.make_roles(server)
        roles.drop_database(server, database)
        roles.create_database(server, database)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "dias" / "inbox").mkdir(parents=True)
        scratch = Scratch(server, database, folder, Addresses(children.free_port(), children.free_port()))
        try:
            demo.manage(scratch.variables(owner=True), "prepare_database", quiet=True)
            yield scratch
        finally:
            roles.drop_database(server, database)
            shutil.rmtree(folder, ignore_errors=True)

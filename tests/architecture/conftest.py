"""A session as the owner of the tables, and a town in which every kind of row exists."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from launch.servers import OWNER
from tests.support import databases


@pytest.fixture
def as_owner(db_clean: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the owner role, rolled back at the end."""
    with psycopg.connect(databases.SERVER.url(OWNER, databases.DATABASE)) as connection:
        yield connection
        connection.rollback()

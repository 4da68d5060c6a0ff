"""Pytest plugin, named in the root conftest.py: the embedded servers are up while tests run, and
tests are the application.

Only the owner makes and drops the test database, empties it between `transaction=True` tests, and
runs the tests that are marked `as_owner`: those that take a guard away, or look at what a guard
says where the application would not come so far.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations

from common.processes import end_with_parent
from history import database_roles
from local import embedded


def pytest_configure(config: pytest.Config) -> None:
    """Say what the marker is. A process of xdist never outlives the pytest that started it, or what
    a test started there would go on too."""
    if hasattr(config, "workerinput"):
        end_with_parent()
    config.addinivalue_line("markers", "as_owner: the whole test is the owner of the database")


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Own the embedded servers when the settings use them; not for `--collect-only`."""
    from django.conf import settings

    if not settings.EMBEDDED_ROOT or session.config.option.collectonly:
        return (yield)
    ownership = embedded.own(settings.EMBEDDED_ROOT)
    try:
        return (yield)
    finally:
        ownership.release()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is marked connects as the owner, from its first fixture to its last."""
    if item.get_closest_marker("as_owner") is None:
        return (yield)
    with database_roles.as_owner():
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def owner_keeps_the_test_database() -> Iterator[None]:
    """The owner makes it, drops it, and empties it, which history refuses anybody."""
    plain_cursor = DatabaseWrapper._nodb_cursor
    plain_flush = DatabaseOperations.execute_sql_flush

    @contextmanager
    def cursor_outside(self: DatabaseWrapper) -> Iterator[Any]:
        with database_roles.as_owner(), plain_cursor(self) as cursor:
            yield cursor

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        lifted = ["SET session_replication_role = replica", *sql_list]
        with database_roles.as_owner():
            plain_flush(self, [*lifted, "SET session_replication_role = origin"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWrapper, "_nodb_cursor", cursor_outside)
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield

"""Pytest plugin, named in the root conftest.py: the embedded servers are up while tests run, and
tests connect as the application.

Only the owner creates and drops the test database, empties it between `transaction=True` tests, and
runs the tests marked `as_owner`: those that remove a guard, or check a guard that the application
would never reach.

Tested in `local.tests.test_killed`.
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
    """Register the marker. A process of xdist must not outlive the pytest that started it, or
    whatever a test started there would continue too."""
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
    """A marked test connects as the owner, from its first fixture to its last."""
    if item.get_closest_marker("as_owner") is None:
        return (yield)
    with database_roles.as_owner():
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def owner_keeps_the_test_database() -> Iterator[None]:
    """The owner creates, drops and empties it; emptying is what history refuses everybody else."""
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

"""Somebody who comes in between, and the locks taken away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.models.query import QuerySet

from accounts.models import User
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out.tests.single import NOW
from vouchers.models import Pool
from vouchers.states import FileKind
from vouchers.tests.factories import code_csv


@contextmanager
def without_pool_lock() -> Iterator[None]:
    """The control: what would happen if `select_for_update` did nothing."""

    def no_lock(self: QuerySet, **options: object) -> QuerySet:
        return self.all()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", no_lock)
        yield


def loading(pool: Pool, officer: User) -> Callable[[], None]:
    """Loads two codes that were already checked, and does not wait long for a lock."""
    file = provider_files.receive(
        kind=FileKind.CODES, provider=pool.agreement.provider, pool=pool, name="nog.csv",
        content=code_csv(["NIEUW-1", "NIEUW-2"]), by=officer, now=NOW,
    ).file  # fmt: skip
    provider_files.check(file=file, now=NOW)

    def load() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        provider_files.apply(file=file, by=officer, now=NOW)

    return load

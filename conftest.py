"""The cast everybody knows: own and other always both exist, so that something could leak."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import hypothesis
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import make_coordinator, make_ministry_user
from accounts.tests.sign_in import sign_in
from common.tests.mailbox import Mailbox, a_mailbox
from schools.models import Organisation
from schools.tests.factories import make_school
from vouchers.models import Period, Pool, Provider
from vouchers.tests.factories import make_period, make_pool, make_provider, make_provider_user

pytest_plugins = ["local.pytest_servers"]  # the embedded servers, up while tests run


# How long an example takes says more of the machine than of the code. CI tries the same examples
# each time, so that a submission is judged on its own change; at home each run tries others.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "portal")


# What takes a minute or more by itself: begun last, it would leave the other processes idle.
LONG = ("storm/", "benchmarks/tests/test_bench", "local/tests/test_killed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser tests share one portal: one process runs them all, and begins with them; the
    other one begins with what is long."""
    for item in items:
        if item.nodeid.startswith("e2e/"):
            item.add_marker(pytest.mark.xdist_group("portal"))
    items.sort(
        key=lambda item: (not item.nodeid.startswith("e2e/"), not item.nodeid.startswith(LONG))
    )


@dataclass(frozen=True)
class Cast:
    """Two schools with a coordinator each, two providers with a person and a pool each, the
    ministry, and a period that takes requests in March 2020."""

    officer: User
    administrator: User
    school: Organisation
    coordinator: User
    other_school: Organisation
    other_coordinator: User
    provider: Provider
    provider_user: User
    other_provider: Provider
    other_provider_user: User
    pool: Pool
    other_pool: Pool
    period: Period

    # Not in every test: made when first asked for.

    @cached_property
    def supervisor(self) -> User:
        return make_ministry_user(
            email="supervisor@example.org", name="Sara Supervisor", role="supervisor"
        )

    @cached_property
    def analyst(self) -> User:
        return make_ministry_user(email="analyst@example.org", name="Alex Analist", role="analyst")


@pytest.fixture
def cast(db: None) -> Cast:
    """The whole cast, made anew for a test."""
    officer = make_ministry_user(email="officer@example.org", name="Olga Officier")
    school = make_school(number="000018", name="Vrije Basisschool", municipality="Aalst")
    other_school = make_school(
        number="000026", name="Vrije Basisschool", municipality="Brussel", nis_code="21004"
    )
    provider = make_provider(slug="telenet", name="Telenet")
    other_provider = make_provider(slug="proximus", name="Proximus")
    return Cast(
        officer=officer,
        administrator=make_ministry_user(
            email="admin@example.org", name="Ada Admin", role="administrator"
        ),
        school=school,
        coordinator=make_coordinator(school, email="own@example.org", name="Karin Eigen"),
        other_school=other_school,
        other_coordinator=make_coordinator(
            other_school, email="other@example.org", name="Oscar Ander"
        ),
        provider=provider,
        provider_user=make_provider_user(provider, email="telenet@example.org"),
        other_provider=other_provider,
        other_provider_user=make_provider_user(other_provider, email="proximus@example.org"),
        pool=make_pool(provider, valid_until=date(2020, 6, 30)),
        other_pool=make_pool(other_provider, valid_until=date(2020, 10, 31)),
        period=make_period(),
    )


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A real SMTP server; the mails it got."""
    with a_mailbox(tmp_path / "mail") as opened:
        yield opened


@pytest.fixture
def as_user() -> "SignIn":
    """`as_user(person)` gives a browserless client signed in as that person."""
    return SignIn()


class SignIn:
    """Makes signed-in clients, by default with all that a page may ask of a session."""

    def __call__(
        self, user: User, *, second_factor: bool = True, signed_in_at: datetime | None = None
    ) -> Client:
        """second_factor: passed in this session; signed_in_at: the moment of it, by default now."""
        client = Client()
        sign_in(client, user, second_factor=second_factor, at=signed_in_at or timezone.now())
        return client

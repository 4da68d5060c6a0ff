"""Somebody who acts for a provider, invited by the ministry."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Role
from common.refused import Refused
from conftest import Cast
from vouchers.actions.stock.provider_people import invite_provider_person
from vouchers.models import Provider, ProviderMember
from vouchers.tests.factories import at

NOW = at(date(2020, 3, 2))


def invite(cast: Cast, **options: Any) -> Any:
    """The officer invites somebody of the own provider."""
    fields: dict[str, Any] = {
        "provider": cast.provider,
        "email": "Nieuw@example.org",
        "name": "Nora Nieuw",
        "by": cast.officer,
        "now": NOW,
    } | options
    return invite_provider_person(**fields)


def test_somebody_invited_works_for_that_provider_only(cast: Cast) -> None:
    person = invite(cast)
    assert (person.role, person.email, person.invited_by) == (
        Role.PROVIDER,
        "nieuw@example.org",
        cast.officer,
    )
    assert list(Provider.objects.visible_to(person)) == [cast.provider]


def test_the_same_address_again_is_the_same_person(cast: Cast) -> None:
    assert invite(cast) == invite(cast)


def test_a_person_works_for_one_provider(cast: Cast) -> None:
    invite(cast)
    with pytest.raises(Refused, match="Nora Nieuw werkt al voor Telenet"):
        invite(cast, provider=cast.other_provider)
    assert ProviderMember.objects.filter(provider=cast.other_provider).count() == 1


@pytest.mark.parametrize("who", ["coordinator", "provider_user"])
def test_only_the_ministry_invites(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        invite(cast, by=getattr(cast, who))
    assert ProviderMember.objects.count() == 2

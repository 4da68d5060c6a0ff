"""The page with which the ministry invites somebody of a provider."""

import pytest
from django.urls import reverse

from accounts.models import User
from conftest import Cast, SignIn


def test_inviting_somebody_of_a_provider(cast: Cast, as_user: SignIn) -> None:
    answers = {"name": "Nora Nieuw", "email": "nora@example.org", "provider": cast.provider.pk}
    response = as_user(cast.officer).post(reverse("ministry_people_invite_provider"), answers)
    assert response.headers["Location"] == reverse("ministry_people")
    person = User.objects.get(email="nora@example.org")
    assert person.provider_member.provider == cast.provider


def test_an_address_of_the_other_provider_is_refused_beside_the_field(
    cast: Cast, as_user: SignIn
) -> None:
    answers = {"name": "X", "email": cast.other_provider_user.email, "provider": cast.provider.pk}
    response = as_user(cast.officer).post(reverse("ministry_people_invite_provider"), answers)
    assert "heeft al een account" in response.context["form"].errors["email"][0]


@pytest.mark.parametrize("who", ["coordinator", "provider_user"])
def test_others_do_not_open_it(cast: Cast, as_user: SignIn, who: str) -> None:
    client = as_user(getattr(cast, who))
    assert client.get(reverse("ministry_people_invite_provider")).status_code == 403

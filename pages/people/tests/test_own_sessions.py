"""Where somebody is signed in, over the pages."""

import re

from django.test import Client
from django.urls import reverse

from accounts.models import Session
from accounts.session_store import row_key
from conftest import Cast, SignIn


def opens(client: Client) -> bool:
    return client.get(reverse("home")).status_code == 200


def key_of(client: Client) -> str:
    return row_key(client.session.session_key)


def test_one_of_them_is_ended_and_the_others_stay(cast: Cast, as_user: SignIn) -> None:
    here, there, third = (as_user(cast.coordinator) for _turn in range(3))
    page = here.get(reverse("own_sessions")).text
    keys = set(re.findall(r'name="session" value="(\w+)"', page))
    assert keys == {key_of(there), key_of(third)}
    assert page.count("Deze browser") == 1
    done = here.post(reverse("own_session_end"), {"session": key_of(there)}, follow=True)
    assert "Je bent daar afgemeld." in done.text
    assert [opens(each) for each in (here, there, third)] == [True, False, True]
    again = here.post(reverse("own_session_end"), {"session": "x"}, follow=True)
    assert "Daar was je al afgemeld." in again.text


def test_all_others_at_once_for_good(cast: Cast, as_user: SignIn) -> None:
    here, there = as_user(cast.officer), as_user(cast.officer)
    on_its_way = there.session
    on_its_way["on its way"] = True
    done = here.post(reverse("own_sessions_end_others"), follow=True)
    assert "Je bent nu alleen nog hier aangemeld." in done.text
    on_its_way.save()
    assert [opens(here), opens(there)] == [True, False]
    assert "Overal elders afmelden" not in here.get(reverse("own_sessions")).text


def test_never_somebody_elses(cast: Cast, as_user: SignIn) -> None:
    other = as_user(cast.other_coordinator)
    client = as_user(cast.coordinator)
    client.post(reverse("own_session_end"), {"session": key_of(other)})
    assert opens(other)
    assert key_of(other) not in client.get(reverse("own_sessions")).text
    assert Session.objects.count() == 2


def test_the_menu_leads_there(cast: Cast, as_user: SignIn) -> None:
    for person in (cast.coordinator, cast.officer, cast.provider_user):
        client = as_user(person)
        assert f'href="{reverse("my_account")}"' in client.get(reverse("home")).text
        assert f'href="{reverse("own_sessions")}"' in client.get(reverse("my_account")).text

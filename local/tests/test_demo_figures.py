"""The page that says which figures of the demo are true."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from local.sample.sizes import FULL

URL = reverse("demo_figures")


def test_the_answer_to_the_parliament_is_the_full_demo() -> None:
    """Written question 253 of 4 December 2020: about 47,000, 7,924, about 200."""
    assert (FULL.handed_out, FULL.activated, FULL.second_activated) == (47_000, 7_924, 200)


@override_settings(DEMO=True)
def test_everybody_reads_what_is_true_and_what_is_not(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        page = client.get(URL).content.decode()
    true, invented = page.split("<h2>")[1:]
    assert re.findall(r"\d+\.\d{3}|\b200\b", true) == [
        "47.000",
        "47.000",
        "7.924",
        "7.924",
        "200",
        "200",
    ]
    assert re.findall(r"\b(?:600|1\.500)\b", invented) == ["600", "1.500"]


@override_settings(DEMO=True)
def test_the_banner_leads_to_it(client: Client, db: None) -> None:
    assert f'href="{URL}"' in client.get(reverse("contact")).content.decode()


@pytest.mark.parametrize("demo", [True, False])
def test_it_exists_in_the_demo_only_and_takes_nothing(client: Client, db: None, demo: bool) -> None:
    with override_settings(DEMO=demo):
        assert client.get(URL).status_code == (200 if demo else 404)
        assert client.post(URL).status_code == 405

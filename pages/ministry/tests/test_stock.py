"""The ministry's pages about pools, agreements, providers and periods."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from vouchers.models import Agreement, Period, Pool, Provider
from vouchers.states import Basis, RenewalRule
from vouchers.tests.factories import load_codes, submitted_request

NOW = timezone.now()
LISTS = ["ministry_pools", "ministry_providers", "ministry_periods"]


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    """A supervisor, who may do what an officer may, and sets up providers."""
    return as_user(cast.supervisor)


def errors(answer: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = answer.context["form"].errors
    return found


def test_from_provider_to_pool_by_hand(cast: Cast, client: Client) -> None:
    client.post(
        reverse("ministry_provider_new"),
        {
            "name": "Orange België",
            "start_url": "https://orange.example/start",
            "instructions": "Typ je code.",
            "code_column": "code",
            "secret_columns": "pin, wachtwoord",
            "ignored_characters": " -",
        },
    )
    provider = Provider.objects.get(slug="orange-belgie")
    assert provider.secret_columns == ["pin", "wachtwoord"]
    assert (provider.case_matters, provider.ignored_characters) == (False, " -")
    client.post(
        reverse("ministry_agreement_new"),
        {
            "provider": provider.pk,
            "name": "2020",
            "starts_on": "1/1/20",
            "ends_on": "31-12-2020",
            "promised": "100",
        },
    )
    agreement = Agreement.objects.get(provider=provider)
    assert (agreement.starts_on, agreement.ends_on) == (date(2020, 1, 1), date(2020, 12, 31))
    answer = client.post(
        reverse("ministry_pool_new"),
        {
            "agreement": agreement.pk,
            "name": "april",
            "valid_until": "30 september 2020",
            "renewal_rule": RenewalRule.AT_ONCE,
        },
    )
    pool = Pool.objects.get(agreement=agreement)
    assert pool.valid_until == date(2020, 9, 30)
    assert answer["Location"] == reverse("ministry_pool", args=[pool.pk])


def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(client: Client) -> None:
    answer = client.post(
        reverse("ministry_pool_new"), {"name": "april", "valid_until": "31/31/2020"}
    )
    assert errors(answer) == {
        "agreement": ["Dit moet je nog invullen."],
        "valid_until": ["Dit is geen dag. Schrijf ze als dd/mm/jjjj, zoals 31/12/2026."],
        "renewal_rule": ["Dit moet je nog invullen."],
    }
    assert 'value="31/31/2020"' in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("instructions", "x" * 2_001, "niet meer dan 2000 tekens"),
        ("secret_columns", "a," * 100_000, "niet meer dan 1000 tekens"),
        ("secret_columns", ",".join("abcdefghijk"), "niet meer dan 10"),
    ],
)
def test_what_stands_on_each_letter_is_no_longer_than_a_letter(
    client: Client, field: str, value: str, limit: str
) -> None:
    (refusal,) = errors(client.post(reverse("ministry_provider_new"), {field: value}))[field]
    assert limit in refusal


def test_days_stand_in_order(cast: Cast, client: Client) -> None:
    typed = {"starts_on": "31/12/2020", "ends_on": "01/01/2020"}
    answer = client.post(reverse("ministry_agreement_new"), typed)
    assert errors(answer)["ends_on"] == ["Deze dag valt voor 31/12/2020."]


def period_typed(**changes: str) -> dict[str, str]:
    return {
        "name": "Golf 3",
        "prefix": "g3",
        "asks_from": "1/9/2026",
        "asks_until": "31/12/2026",
        "reports_from": "1/9/2026",
        "reports_until": "31/12/2026",
        "basis": Basis.NEED,
        "decision_days": "5",
        **changes,
    }


def test_a_new_period_has_an_address_and_letters(client: Client) -> None:
    client.post(reverse("ministry_period_new"), period_typed())
    period = Period.objects.get(slug="golf-3")
    assert (period.prefix, period.asks_until) == ("G3", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "Golf 1"}, "name", "Kies een andere naam"),
        ({"name": "!!!"}, "name", "Kies een andere naam"),
        ({"prefix": "G-3"}, "prefix", "alleen letters en cijfers"),
        ({"prefix": "G1"}, "prefix", "bestaat al"),
        ({"reports_until": "1/1/2026"}, "reports_until", "Deze dag valt voor 01/09/2026."),
    ],
)
def test_a_period_that_cannot_be(
    cast: Cast, client: Client, changes: dict[str, str], field: str, sentence: str
) -> None:
    answer = client.post(reverse("ministry_period_new"), period_typed(**changes))
    assert sentence in errors(answer)[field][0]
    assert Period.objects.count() == 1


def test_the_letters_and_report_of_a_period_with_requests_stay(cast: Cast, client: Client) -> None:
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    url = reverse("ministry_period_edit", args=[cast.period.pk])
    client.post(url, period_typed(name="Eerste golf", prefix="X"))
    cast.period.refresh_from_db()
    assert (cast.period.name, cast.period.prefix, cast.period.last_number) == (
        "Eerste golf",
        "G1",
        1,
    )
    assert cast.period.reports_from == date(2020, 3, 1)
    assert cast.period.slug == "golf-1"


def test_a_pool_with_codes_keeps_its_last_day(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer)
    client.post(
        reverse("ministry_pool_edit", args=[cast.pool.pk]),
        {
            "agreement": cast.other_pool.agreement_id,
            "name": "lente",
            "valid_until": "1/1/2099",
            "renewal_rule": RenewalRule.NEVER,
        },
    )
    cast.pool.refresh_from_db()
    assert (cast.pool.name, cast.pool.valid_until) == ("lente", date(2020, 6, 30))
    assert cast.pool.agreement.provider == cast.provider


def test_how_codes_compare_is_greyed_out_once_some_are_loaded(cast: Cast, client: Client) -> None:
    url = reverse("ministry_provider_edit", args=[cast.provider.pk])
    assert not client.get(url).context["form"].fields["case_matters"].disabled
    load_codes(cast.pool, by=cast.officer)
    assert client.get(url).context["form"].fields["case_matters"].disabled


def test_all_codes_of_a_pool_are_extended(cast: Cast, client: Client) -> None:
    url = reverse("ministry_pool_extend", args=[cast.pool.pk])
    answer = client.post(url, {"valid_until": "1/6/2020"})
    assert errors(answer)["valid_until"] == [
        "Deze codes zijn al geldig tot en met 30/06/2020. Kies een latere dag."
    ]
    client.post(url, {"valid_until": "30/6/2021"})
    page = client.get(reverse("ministry_pool", args=[cast.pool.pk])).content.decode()
    assert "30/06/2021" in page
    assert "Bij de levering: 30/06/2020" in page


def test_closing_a_pool_says_how_many_codes_stay_behind(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    url = reverse("ministry_pool_close", args=[cast.pool.pk])
    page = client.get(url)
    assert page.context["happens"][0].startswith("3 codes die nog beschikbaar zijn")
    cast.pool.refresh_from_db()
    assert cast.pool.closed_at is None
    answer(client, page)
    cast.pool.refresh_from_db()
    assert cast.pool.closed_by == cast.supervisor


def test_closing_a_period_asks_first_and_refuses_while_requests_wait(
    cast: Cast, client: Client
) -> None:
    url = reverse("ministry_period_close", args=[cast.period.pk])
    assert client.get(url).status_code == 200
    submitted_request(cast.school, cast.period, by=cast.coordinator)
    for page in (client.get(url, follow=True), client.post(url, follow=True)):
        assert "wacht nog 1 aanvraag op een beslissing" in page.content.decode()
    cast.period.refresh_from_db()
    assert cast.period.closed_at is None


def test_a_closed_period_is_not_changed(cast: Cast, client: Client) -> None:
    confirm(client, reverse("ministry_period_close", args=[cast.period.pk]))
    answer = client.get(reverse("ministry_period_edit", args=[cast.period.pk]))
    assert answer["Location"] == reverse("ministry_periods")


def test_the_list_says_where_all_codes_are(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    found = client.get(reverse("ministry_pools")).context["agreements"]
    assert {
        (row["agreement"].provider, pool, pool.available, pool.loaded)
        for row in found
        for pool in row["pools"]
    } == {(cast.provider, cast.pool, 3, 3), (cast.other_provider, cast.other_pool, 0, 0)}


@pytest.mark.parametrize("name", LISTS)
def test_other_roles_have_no_business_here(cast: Cast, as_user: SignIn, name: str) -> None:
    for person in (cast.coordinator, cast.provider_user):
        assert as_user(person).get(reverse(name)).status_code == 403

"""Too few codes, on the pages: what each rule gives, confirmed only if still true, and
afterwards."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer, sent_along
from conftest import Cast, SignIn
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.plan import DivisionChanged, Plan
from vouchers.actions.upkeep import jobs
from vouchers.models import Division, Export, HandOut, Job, Pool, VoucherRequest
from vouchers.states import DivisionRule, JobState
from vouchers.tests.factories import load_codes, make_pool
from vouchers.tests.many import ANY, granted_requests


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def stock(cast: Cast) -> Pool:
    """Six codes that can be handed out today."""
    pool = make_pool(
        cast.provider, name="nu", valid_until=timezone.localdate() + timedelta(days=90)
    )
    load_codes(pool, by=cast.officer, codes=6)
    return pool


@pytest.fixture
def short(cast: Cast, stock: Pool) -> list[VoucherRequest]:
    """Two schools that ask for eight and four."""
    return [
        request
        for school, pupils in ((cast.school, 8), (cast.other_school, 4))
        for request in granted_requests(
            [[ANY] * pupils],
            period=cast.period,
            school=school,
            by=cast.coordinator,
            officer=cast.officer,
            now=timezone.now(),
        )
    ]


def page_of(cast: Cast) -> str:
    return reverse("ministry_period_hand_out", args=[cast.period.pk])


def shown(page: Any) -> list[tuple[int, int, int]]:
    rows = page.context["table"]["rows"]
    return [(row.asked, row.given, row.waits) for row in rows]


def sentences(answer: Any) -> str:
    return [message.message for message in get_messages(answer.wsgi_request)][-1]


def test_the_page_shows_each_rule_and_nothing_moves(
    cast: Cast, client: Client, short: list[VoucherRequest]
) -> None:
    page = client.get(page_of(cast))
    choices = page.context["choices"]
    assert [(each.chosen, each.full, each.part, each.none) for each in choices] == [
        (True, 0, 1, 1),
        (False, 0, 2, 0),
        (False, 0, 2, 0),
    ]
    assert shown(page) == [(8, 6, 2), (4, 0, 4)]
    assert shown(client.get(page_of(cast) + choices[1].url)) == [(8, 4, 4), (4, 2, 2)]
    minimum = client.get(page_of(cast) + "?regel=PROPORTIONAL&minstens=3")
    assert shown(minimum) == [(8, 3, 5), (4, 3, 1)]
    nonsense = client.get(page_of(cast) + "?regel=X&minstens=-1&wie=iedereen")
    assert shown(nonsense) == [(8, 6, 2), (4, 0, 4)]
    assert (HandOut.objects.count(), Job.objects.count()) == (0, 0)


def chosen(page: Any) -> dict[str, list[str]]:
    """What "Verdeel zo" on this page sends."""
    return sent_along(page) | {"checksum": [page.context["preview"].allocation.checksum]}


def divide(client: Client, address: str) -> Any:
    """Press "Verdeel zo" on the page as it is now; returns the question."""
    page = client.get(address)
    return client.post(page.request["PATH_INFO"], chosen(page))


def test_confirmed_a_job_does_what_was_shown(
    cast: Cast, client: Client, short: list[VoucherRequest]
) -> None:
    question = divide(client, page_of(cast) + "?regel=PROPORTIONAL")
    assert "De codes van Golf 1 zo verdelen?" in question.content.decode()
    assert question.context["happens"] == [
        "Elke organisatie krijgt hetzelfde deel van wat ze vraagt.",
        "6 leerlingen krijgen nu een code.",
        "6 leerlingen blijven wachten en komen het eerst aan de beurt bij nieuwe codes.",
    ]
    assert not Job.objects.exists()
    done = answer(client, question)
    job = Job.objects.get()
    progress = reverse("job_progress", args=[job.pk])
    assert done.redirect_chain == [(progress, 302)]
    assert jobs.run(job_id=job.pk, worker="test", now=timezone.now())
    division = Division.objects.get()
    assert (division.rule, division.given) == (DivisionRule.PROPORTIONAL, 6)
    page = client.get(progress).content.decode()
    assert "Klaar: de codes zijn verdeeld." in page
    assert reverse("ministry_division", args=[division.pk]) in page


@pytest.mark.parametrize("asked", [False, True])
def test_what_changed_meanwhile_is_said_and_shown_anew(
    cast: Cast, client: Client, short: list[VoucherRequest], stock: Pool, *, asked: bool
) -> None:
    page = client.get(page_of(cast))
    sent = sent_along(client.post(page_of(cast), chosen(page))) if asked else chosen(page)
    assert ("confirmed" in sent) is asked
    load_codes(stock, by=cast.officer, codes=1)
    again = client.post(page_of(cast), sent)
    assert again["Location"] == page_of(cast) + "?regel=FIRST_COME"
    assert sentences(again) == DivisionChanged().message
    assert not Job.objects.exists()


def test_a_job_that_comes_too_late_leads_back_to_the_same_rule(
    cast: Cast, client: Client, short: list[VoucherRequest], stock: Pool
) -> None:
    answer(client, divide(client, page_of(cast) + "?regel=PROPORTIONAL&minstens=1"))
    load_codes(stock, by=cast.officer, codes=1)
    job = Job.objects.get()
    assert jobs.run(job_id=job.pk, worker="test", now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, DivisionChanged().message)
    page = client.get(reverse("job_progress", args=[job.pk]))
    assert page.context["progress"]["result_url"] == (
        page_of(cast) + "?regel=PROPORTIONAL&minstens=1"
    )


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";"))


def test_what_is_shown_and_what_was_kept_leave_as_a_file_with_a_trace(
    cast: Cast, client: Client, short: list[VoucherRequest]
) -> None:
    page = client.get(page_of(cast) + "?regel=PROPORTIONAL")
    preview = rows_of(client.get(page.context["csv_url"]))
    assert preview == [
        ["Nummer", "Organisatie", "Gemeente", "Wacht op codes", "Krijgt", "Blijft wachten"],
        ["000018", "Vrije Basisschool", "Aalst", "8", "4", "4"],
        ["000026", "Vrije Basisschool", "Brussel", "4", "2", "2"],
    ]
    division = divided(cast, DivisionRule.PROPORTIONAL)
    kept = client.get(reverse("ministry_division_csv", args=[division.pk]))
    assert rows_of(kept) == preview
    assert [(each.name, each.rows) for each in Export.objects.all()] == [
        ("verdeling-golf-1.csv", 2)
    ] * 2


def divided(cast: Cast, rule: str = DivisionRule.FIRST_COME) -> Division:
    done = handing_out.hand_out_period(
        period=cast.period, by=cast.officer, now=timezone.now(), plan=Plan(rule)
    )
    assert done.division
    return done.division


def test_pages_of_the_period_tell_what_was_divided(
    cast: Cast, client: Client, short: list[VoucherRequest]
) -> None:
    periods = reverse("ministry_periods")
    divisions = reverse("ministry_divisions", args=[cast.period.pk])
    assert "In deze golf is nog niets verdeeld." in client.get(divisions).content.decode()
    assert divisions not in client.get(periods).content.decode()
    division = divided(cast)
    assert divisions in client.get(periods).content.decode()
    assert [row for row, _plan in client.get(divisions).context["rows"]] == [division]
    page = client.get(reverse("ministry_division", args=[division.pk]))
    assert shown(page) == [(8, 6, 2), (4, 0, 4)]
    assert [(each["free"], each["given"]) for each in page.context["pools"]] == [(6, 6)]


def test_a_request_tells_officer_and_asker_what_it_got(
    cast: Cast, client: Client, as_user: SignIn, short: list[VoucherRequest]
) -> None:
    division = divided(cast)
    page = client.get(reverse("ministry_request", args=[short[0].pk]))
    assert ", wie eerst komt: 6 van 8 codes, 2 wachten." in page.context["share"]
    assert page.context["division_url"] == reverse("ministry_division", args=[division.pk])
    own = as_user(cast.coordinator).get(reverse("request_detail", args=[short[0].pk]))
    assert own.context["shortage"].endswith(
        "waren er te weinig codes voor iedereen. Je kreeg er 6 voor 8 leerlingen. "
        "Wie nog wacht, komt het eerst aan de beurt als er nieuwe codes zijn."
    )
    assert own.context["shortage"] in own.content.decode()


def test_who_waits_is_on_the_home_page_and_served_with_one_button(
    cast: Cast, client: Client, stock: Pool, short: list[VoucherRequest]
) -> None:
    address = page_of(cast) + "?wie=wachtrij"
    divided(cast)
    home, periods = reverse("home"), reverse("ministry_periods")
    assert "Er zijn nu geen codes." in client.get(home).content.decode()
    assert "Bedien de wachtenden" not in client.get(periods).content.decode()
    load_codes(stock, by=cast.officer, codes=9)
    (newer,) = granted_requests(
        [[ANY] * 5],
        period=cast.period,
        school=cast.school,
        by=cast.coordinator,
        officer=cast.officer,
        now=timezone.now(),
    )
    text = client.get(home).content.decode()
    assert (address in text, "leerlingen wachten uit een verdeling van Golf 1" in text) == (
        True,
        True,
    )
    assert "Er zijn nu 6 codes." in text
    assert f'href="{address}"' in client.get(periods).content.decode()
    # A newer request links there too, and the page of the whole period says who goes first.
    refused = client.get(reverse("ministry_hand_out", args=[newer.pk])).content.decode()
    assert f'href="{address}"' in refused
    assert (
        "6 van hen wachten uit een eerdere verdeling" in client.get(page_of(cast)).content.decode()
    )

    page = client.get(address)
    assert (page.context["title"], page.context["preview"].waiting) == (
        "6 codes uitreiken aan wie wacht in Golf 1?",
        6,
    )
    client.post(page_of(cast), dict(page.context["fields"]))
    assert jobs.run(job_id=Job.objects.get().pk, worker="test", now=timezone.now())
    waiting = [request.lines.waiting().count() for request in (*short, newer)]
    assert waiting == [0, 0, 5]

"""The ministry hands out a whole period: the preview, the job, its result."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer as press
from common.tests.asking import confirm, sent_along
from conftest import Cast, SignIn
from vouchers.actions.hand_out import handing_out
from vouchers.actions.hand_out.plan import DivisionChanged
from vouchers.actions.stock import pools, voiding
from vouchers.actions.upkeep import jobs
from vouchers.models import HandOut, Job, Pool, Voucher, VoucherRequest
from vouchers.states import JobState, VoidReason
from vouchers.tests.factories import load_codes, make_period, make_pool
from vouchers.tests.many import ANY, granted_requests

NOW = timezone.now()


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def stock(cast: Cast) -> Pool:
    """Ten codes that can be handed out today, for the cast's period."""
    pool = make_pool(cast.provider, name="nu", valid_until=date(NOW.year + 2, 1, 1))
    load_codes(pool, by=cast.officer, codes=10, now=NOW)
    return pool


def granted(cast: Cast, requests: int, pupils: int) -> list[VoucherRequest]:
    return granted_requests(
        [[ANY] * pupils] * requests,
        period=cast.period,
        school=cast.school,
        by=cast.coordinator,
        officer=cast.officer,
        now=NOW,
    )


def page_of(cast: Cast) -> str:
    return reverse("ministry_period_hand_out", args=[cast.period.pk])


def sentences(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def work() -> Job:
    """Do the only job."""
    job = Job.objects.get()
    assert jobs.run(job_id=job.pk, worker="test", now=timezone.now())
    job.refresh_from_db()
    return job


def test_the_page_previews_and_a_job_does_it(cast: Cast, client: Client, stock: Pool) -> None:
    granted(cast, 2, 3)
    page = client.get(page_of(cast))
    assert page.context["title"] == "6 codes uitreiken voor heel Golf 1?"
    assert [(row.pool, row.codes, row.left) for row in page.context["preview"].from_pools] == [
        (stock, 6, 4)
    ]
    assert "6 leerlingen wachten op een code" in page.content.decode()

    assert client.post(page_of(cast)).status_code == 200
    assert not Job.objects.exists()
    answer = press(client, page)

    job = Job.objects.get()
    assert (job.kind, job.period, job.created_by) == (Job.Kind.HAND_OUT, cast.period, cast.officer)
    progress = reverse("job_progress", args=[job.pk])
    assert answer.redirect_chain == [(progress, 302)]
    waiting = client.get(progress)
    assert "We reiken de codes uit…" in waiting.content.decode()
    assert "Je mag deze pagina sluiten." in waiting.content.decode()
    assert HandOut.objects.count() == 0
    # Whoever comes back in the meantime is sent to the job.
    for again in (client.get(page_of(cast)), client.post(page_of(cast), sent_along(page))):
        assert again["Location"] == progress
    assert Job.objects.count() == 1


def test_what_changed_since_the_page_was_read_is_asked_again_and_nothing_is_done(
    cast: Cast, client: Client, stock: Pool
) -> None:
    granted(cast, 1, 3)
    page = client.get(page_of(cast))
    granted(cast, 1, 2)
    again = press(client, page)
    assert again.context["title"] == "5 codes uitreiken voor heel Golf 1?"
    assert again.context["changed"] == [
        "Eerst stond hier: 3 codes uitreiken voor heel Golf 1?",
        "Nu staat hier: 5 codes uitreiken voor heel Golf 1?",
    ]
    assert "Er is nog niets gedaan." in again.content.decode()
    granted(cast, 1, 6)
    short = press(client, again)
    assert short.context["title"] == "Niet genoeg codes voor heel Golf 1"
    assert sentences(short) == [DivisionChanged().message]
    assert not Job.objects.exists()


def test_other_pools_than_were_shown_are_another_hand_out(
    cast: Cast, client: Client, stock: Pool
) -> None:
    granted(cast, 1, 3)
    page = client.get(page_of(cast))
    pools.close_pool(pool=stock, by=cast.officer, now=NOW)
    other = make_pool(cast.provider, name="later", valid_until=date(2099, 12, 31))
    load_codes(other, by=cast.officer, codes=3)
    again = press(client, page)
    assert again.context["changed"] == ["Het gaat nu over andere dan die je zag."]
    assert not Job.objects.exists()


def test_the_page_of_the_job_tells_the_result_each_count_a_link(
    cast: Cast, client: Client, stock: Pool
) -> None:
    served = granted(cast, 2, 3)
    confirm(client, page_of(cast))
    job = work()
    granted(cast, 1, 1)
    progress = reverse("job_progress", args=[job.pk])
    asking = client.get(progress, headers={"HX-Request": "true"})
    assert asking["HX-Redirect"] == progress

    page = client.get(progress)

    assert page.context["title"] == "Codes uitreiken voor heel Golf 1"
    assert "Klaar: wie wachtte, kreeg een code." in page.content.decode()
    result = page.context["result"]
    assert (result["codes"], result["requests"], result["pools"]) == (6, 2, [(stock, 6)])
    assert f'href="{reverse("ministry_pool", args=[stock.pk])}"' in page.content.decode()
    found = client.get(result["requests_url"])
    assert [row.request for row in found.context["rows"]] == served
    assert "Uitgereikt met taak: " in found.content.decode()
    assert page.context["progress"]["result_url"] == result["requests_url"]


def test_too_few_codes_is_said_before_with_what_there_is(
    cast: Cast, client: Client, stock: Pool
) -> None:
    granted(cast, 3, 4)
    page = client.get(page_of(cast))
    assert page.context["title"] == "Niet genoeg codes voor heel Golf 1"
    text = page.content.decode()
    assert "Er zijn 2 codes te weinig. Laad eerst nieuwe codes, of verdeel wat er is." in text
    assert reverse("ministry_pools") in text
    assert '<button type="submit" class="btn btn-primary">Uitreiken' not in text


def test_a_job_that_finds_too_few_says_so_and_may_be_tried_again(
    cast: Cast, client: Client, stock: Pool
) -> None:
    granted(cast, 2, 4)
    confirm(client, page_of(cast))
    gone = Voucher.objects.filter(pool=stock).order_by("pk").values_list("pk", flat=True)[:4]
    voiding.void(vouchers=list(gone), reason=VoidReason.FAULTY, by=cast.officer, now=NOW)
    job = work()
    progress = reverse("job_progress", args=[job.pk])
    page = client.get(progress)
    assert (job.state, page.context["result"]) == (JobState.FAILED, None)
    assert "Er zijn 2 codes te weinig." in page.content.decode()
    assert page.context["progress"]["result_url"] == page_of(cast)
    load_codes(stock, by=cast.officer, codes=2, now=NOW)
    assert client.post(reverse("job_retry", args=[job.pk]))["Location"] == progress
    assert work().state == JobState.DONE
    assert HandOut.objects.count() == 8


def test_a_job_never_serves_others_than_were_confirmed(
    cast: Cast, client: Client, stock: Pool
) -> None:
    """Somebody was granted codes after the officer confirmed and before the job began."""
    granted(cast, 2, 3)
    confirm(client, page_of(cast))
    granted(cast, 1, 2)
    job = work()
    assert (job.state, job.error) == (JobState.FAILED, DivisionChanged().message)
    assert not HandOut.objects.exists()
    page = client.get(reverse("job_progress", args=[job.pk]))
    assert page.context["progress"]["result_url"] == page_of(cast)
    again = client.get(page_of(cast))
    assert again.context["title"] == "8 codes uitreiken voor heel Golf 1?"
    press(client, again)
    last = Job.objects.latest("pk")
    assert jobs.run(job_id=last.pk, worker="test", now=timezone.now())
    assert HandOut.objects.count() == 8


def test_as_many_codes_for_others_is_another_hand_out(
    cast: Cast, client: Client, stock: Pool
) -> None:
    first, _second = granted(cast, 2, 3)
    page = client.get(page_of(cast))
    handing_out.hand_out(request=first, by=cast.officer, now=NOW)
    load_codes(stock, by=cast.officer, codes=3, now=NOW)
    granted(cast, 1, 3)
    again = press(client, page)
    assert again.context["title"] == page.context["title"]
    assert again.context["changed"] == ["Het gaat nu over andere dan die je zag."]
    assert not Job.objects.exists()


def test_a_period_in_which_nobody_waits_and_a_closed_one_are_refused(
    cast: Cast, client: Client, stock: Pool
) -> None:
    for answer in (client.get(page_of(cast)), client.post(page_of(cast))):
        assert answer["Location"] == reverse("ministry_periods")
        assert sentences(answer)[-1] == (
            "In Golf 1 wacht niemand op een code. Keur eerst aanvragen goed."
        )
    granted(cast, 1, 1)
    pools.close_period(period=cast.period, by=cast.officer, now=NOW)
    for answer in (client.get(page_of(cast)), client.post(page_of(cast))):
        assert sentences(answer)[-1] == (
            "Golf 1 is gesloten: wie nog wachtte, krijgt geen code meer in deze golf."
        )
    assert not Job.objects.exists()


def test_lists_lead_to_it(cast: Cast, client: Client, stock: Pool) -> None:
    make_period(slug="golf-2", name="Golf 2", prefix="G2")
    requests, periods = reverse("ministry_requests"), reverse("ministry_periods")
    link = f'href="{page_of(cast)}"'
    assert link not in client.get(f"{requests}?staat=wacht-op-codes").content.decode()
    granted(cast, 2, 1)
    page = client.get(f"{requests}?staat=wacht-op-codes").content.decode()
    assert (link in page, "Reik heel Golf 1 uit" in page, "Golf 2 uit" in page) == (
        True,
        True,
        False,
    )
    assert link not in client.get(f"{requests}?staat=alle").content.decode()
    assert link in client.get(periods).content.decode()


@pytest.mark.parametrize("number", ["1", "x", str(2**40)])
def test_a_job_that_does_not_hand_out_filters_nothing_into_the_list(
    cast: Cast, client: Client, number: str
) -> None:
    granted(cast, 1, 1)
    rows = client.get(reverse("ministry_requests") + f"?staat=alle&taak={number}").context["rows"]
    assert len(rows) == (0 if number == "1" else 1)


def test_other_roles_have_no_business_here(cast: Cast, as_user: SignIn, stock: Pool) -> None:
    granted(cast, 1, 1)
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        assert as_user(person).get(page_of(cast)).status_code == 403
        assert as_user(person).post(page_of(cast)).status_code == 403
    confirm(as_user(cast.officer), page_of(cast))
    progress = reverse("job_progress", args=[Job.objects.get().pk])
    assert as_user(cast.provider_user).get(progress).status_code == 404
    assert as_user(cast.coordinator).get(progress).status_code == 403
    assert as_user(cast.administrator).get(progress).status_code == 200


def test_an_unknown_period_does_not_exist(client: Client) -> None:
    assert client.get(reverse("ministry_period_hand_out", args=[404])).status_code == 404


def test_the_pages_ask_as_much_for_many_as_for_one(cast: Cast, client: Client, stock: Pool) -> None:
    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    addresses = [
        page_of(cast),
        reverse("ministry_requests") + "?staat=wacht-op-codes",
        reverse("ministry_periods"),
        reverse("ministry_jobs"),
    ]
    granted(cast, 1, 1)
    job = jobs.enqueue(kind=Job.Kind.HAND_OUT, period=cast.period, by=cast.officer, now=NOW)
    assert jobs.run(job_id=job.pk, worker="test", now=NOW)
    granted(cast, 1, 1)
    few = [queries(address) for address in addresses]
    granted(cast, 3, 2)
    assert [queries(address) for address in addresses] == few

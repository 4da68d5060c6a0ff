"""Who waits for a code is the same everywhere, also once a period is closed (ADR 8)."""

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import confirm
from conftest import Cast
from reports.figures import Reading
from reports.tables import Question, total
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools, voiding
from vouchers.models import PupilLine
from vouchers.states import VoidReason
from vouchers.tests.factories import at, handed_out, load_codes, reveal, submitted_request


def text(client: Client, name: str, *args: int, **address: str) -> str:
    answer = client.get(reverse(name, args=args), address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_lost_a_code_after_the_period_was_closed_waits(cast: Cast, officer: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )
    reveal(found[:1], by=cast.coordinator, now=at(date(2020, 3, 12)))
    pools.close_period(period=cast.period, by=cast.officer, now=at(date(2020, 8, 3)))
    codes = [each.voucher_id for each in found[:2]]
    voiding.void(
        vouchers=codes, reason=VoidReason.WITHDRAWN, by=cast.officer, now=at(date(2020, 8, 4))
    )

    def waiting(as_of: date) -> Any:
        return total(Question(Reading.COHORT, as_of, cast.period)).row.numbers["waiting"]

    assert [waiting(date(2020, 8, 3)), waiting(date(2020, 8, 4))] == [0, 2]
    tasks = {task.title: task for task in officer.get(reverse("home")).context["waiting"]}
    task = tasks["goedgekeurde leerlingen wachten op een code"]
    assert task.count == 2
    listed = officer.get(task.url).context["page"].object_list
    request = found[0].line.request
    assert [each.pk for each in listed] == [request.pk]
    assert "2 wachten op codes" in officer.get(task.url).content.decode()
    assert "2 wachten op codes" in text(officer, "ministry_request", request.pk)


def test_closing_says_who_waits_and_whose_request_is_with_the_asker(
    cast: Cast, officer: Client
) -> None:
    load_codes(cast.pool, by=cast.officer, codes=1)
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    back = submitted_request(
        cast.other_school, cast.period, by=cast.other_coordinator, references=2
    )
    requests.return_to_asker(
        request=back, question="Klopt dit?", by=cast.officer, now=timezone.now()
    )
    page = text(officer, "ministry_period_close", cast.period.pk)
    assert "0 leerlingen die nog wachten, krijgen geen code meer in deze golf." in page
    assert "Ook 2 leerlingen uit aanvragen die bij de aanvrager liggen" in page
    assert PupilLine.objects.waiting().count() == 0
    url = reverse("ministry_period_close", args=[cast.period.pk])
    done = confirm(officer, url).content.decode()
    assert "Golf 1 is gesloten: 2 leerlingen krijgen geen code meer in deze golf." in done

"""The ministry's queue, one request, decisions, selections, handing out."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import make_coordinator
from common.tests.asking import answer as press
from common.tests.asking import confirm
from conftest import Cast, SignIn
from pages.ministry import officer_tasks
from pages.ministry.forms import RequestFilter
from schools.models import PupilCount
from schools.tests.factories import make_ocmw
from vouchers.actions.hand_out import handing_out
from vouchers.actions.requests import requests
from vouchers.models import HandOut, Pool, VoucherRequest
from vouchers.states import LineState, RequestState, Wish
from vouchers.tests import hundreds
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_pool,
    make_request,
    report_activations,
    reveal,
    submitted_request,
)

NOW = timezone.now()


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def stock(cast: Cast) -> Pool:
    """Two codes of Telenet with enough validity left today."""
    pool = make_pool(cast.provider, name="lang", valid_until=date(2099, 12, 31))
    load_codes(pool, by=cast.officer, codes=2)
    return pool


def sent(cast: Cast, references: Any = 1, **options: Any) -> VoucherRequest:
    return submitted_request(
        cast.school, cast.period, by=cast.coordinator, references=references, **options
    )


def decided(cast: Cast, references: Any = 1, **options: Any) -> VoucherRequest:
    return granted_request(
        cast.school,
        cast.period,
        by=cast.coordinator,
        officer=cast.officer,
        references=references,
        **options,
    )


def url(name: str, request: VoucherRequest) -> str:
    return reverse(name, args=[request.pk])


def sentences(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


# The queue


def listed(client: Client, address: str = "") -> list[VoucherRequest]:
    answer = client.get(reverse("ministry_requests") + address)
    return [row.request for row in answer.context["rows"]]


def test_the_queue_holds_what_waits_for_a_decision_the_oldest_first(
    cast: Cast, client: Client
) -> None:
    later = sent(cast, now=at(date(2020, 3, 20)))
    first = sent(cast, now=at(date(2020, 3, 10)))
    decided(cast)
    make_request(cast.school, cast.period, by=cast.coordinator)
    assert listed(client) == [first, later]
    assert listed(client, "?sort=-verstuurd") == [later, first]


def test_the_queue_counts_in_words(cast: Cast, client: Client) -> None:
    sent(cast)
    decided(cast)
    page = client.get(reverse("ministry_requests")).content.decode()
    assert "1 van 2 aanvragen" in page


@pytest.fixture
def one_in_each_state(cast: Cast, stock: Pool) -> dict[str, VoucherRequest]:
    """A request in every part of the ministry's work."""
    served, refused, returned, withdrawn = decided(cast), sent(cast), sent(cast), sent(cast)
    by: dict[str, Any] = {"by": cast.officer, "now": NOW}
    handing_out.hand_out(request=served, **by)
    lines = refused.lines.values_list("pk", flat=True)
    requests.decide(request=refused, granted=set(), refused=dict.fromkeys(lines, "nee"), **by)
    requests.return_to_asker(request=returned, question="Waarom?", **by)
    requests.withdraw(request=withdrawn, by=cast.coordinator, now=NOW)
    return {
        "te-beslissen": sent(cast),
        "wacht-op-codes": decided(cast),
        "wacht-op-aanvrager": returned,
        "uitgereikt": served,
        "geweigerd": refused,
        "ingetrokken": withdrawn,
    }


def test_each_state_has_its_part_of_the_list(
    client: Client, one_in_each_state: dict[str, VoucherRequest]
) -> None:
    found = {state: listed(client, f"?staat={state}") for state in one_in_each_state}
    assert found == {state: [request] for state, request in one_in_each_state.items()}
    assert len(listed(client, "?staat=alle")) == len(one_in_each_state)


@pytest.mark.parametrize(
    ("address", "finds"),
    [
        ("zoek=Brussel", "other"),
        ("zoek=000018", "own"),
        ("zoek=g1-1", "own"),
        ("zoek=G1-00002", "other"),
        ("provincie=BE-BRU", "other"),
        ("type=PRIMARY", "both"),
        ("type=HIGHER", "none"),
        ("golf=golf-1", "both"),
        ("golf=bestaat-niet", "both"),
        ("provincie=onzin", "both"),
        ("page=99", "both"),
    ],
)
def test_filters_stand_in_the_address(cast: Cast, client: Client, address: str, finds: str) -> None:
    own = sent(cast)
    other = submitted_request(cast.other_school, cast.period, by=cast.other_coordinator)
    expected = {"own": [own], "other": [other], "both": [own, other], "none": []}
    assert sorted(listed(client, f"?{address}"), key=lambda each: each.pk) == expected[finds]


def test_a_filter_that_is_on_can_be_taken_off(cast: Cast) -> None:
    filters = RequestFilter(QueryDict("provincie=BE-BRU&page=3"), path="/aanvragen/")
    assert filters.chips == [
        {"label": "Status: te beslissen", "url": "/aanvragen/?provincie=BE-BRU&staat=alle"},
        {"label": "Provincie: Brussel", "url": "/aanvragen/?staat=te-beslissen"},
    ]
    assert filters.clear_url == "/aanvragen/?staat=alle"


def test_an_empty_queue_says_why(client: Client) -> None:
    page = client.get(reverse("ministry_requests")).content.decode()
    assert "Er wacht geen aanvraag op een beslissing." in page


# One request


def test_a_request_stands_beside_the_schools_pupils(cast: Cast, client: Client) -> None:
    PupilCount.objects.create(organisation=cast.school, school_year="2018-2019", pupils=10)
    PupilCount.objects.create(organisation=cast.school, school_year="2019-2020", pupils=200)
    ocmw = make_ocmw()
    asker = make_coordinator(ocmw, email="ocmw@example.org")
    request = requests.create_draft(organisation=ocmw, period=cast.period, by=asker, now=then())
    lines = [requests.LineInput(f"A-{n}", cast.school) for n in range(3)]
    lines.append(requests.LineInput("B-1", cast.other_school))
    requests.save_draft(
        request=request, lines=lines, defaults=requests.Defaults(), by=asker, now=then()
    )
    requests.submit(request=request, by=asker, now=then())
    rows = client.get(url("ministry_request", request)).context["schools"]
    assert [(row.school, row.asked, row.pupils, row.share) for row in rows] == [
        (cast.school, 3, 200, 0.015),
        (cast.other_school, 1, None, None),
    ]


def then() -> Any:
    return at(date(2020, 3, 9))


def test_the_ministry_never_sees_a_reference(cast: Cast, client: Client, stock: Pool) -> None:
    request = decided(cast, ["GEHEIM-1", "GEHEIM-2"])
    handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    again = sent(cast, ["GEHEIM-3"])
    for page in (url("ministry_request", request), url("ministry_decide", again)):
        assert "GEHEIM" not in client.get(page).content.decode()


def test_pupils_of_whom_the_same_is_said_stand_in_one_row(cast: Cast, client: Client) -> None:
    request = sent(cast, 4)
    lines = list(request.lines.order_by("position"))
    requests.decide(
        request=request,
        by=cast.officer,
        now=NOW,
        granted={lines[0].pk, lines[1].pk, lines[3].pk},
        refused={lines[2].pk: "Vol."},
    )
    rows = client.get(url("ministry_request", request)).context["page"]
    assert [(row.first, row.last, row.state.text) for row in rows] == [
        (1, 2, "goedgekeurd, wacht op een code"),
        (3, 3, "geweigerd: Vol."),
        (4, 4, "goedgekeurd, wacht op een code"),
    ]


def test_possible_doubles_are_a_number_only(cast: Cast, client: Client) -> None:
    ocmw = make_ocmw()
    asker = make_coordinator(ocmw, email="ocmw@example.org")
    submitted_request(ocmw, cast.period, by=asker, references=["LL-1"], school=cast.school)
    request = sent(cast, ["LL-1", "LL-2"])
    answer = client.get(url("ministry_request", request))
    assert answer.context["doubles"] == 1
    assert "OCMW Aalst" not in answer.content.decode()


def test_a_draft_does_not_exist_for_the_ministry(cast: Cast, client: Client) -> None:
    draft = make_request(cast.school, cast.period, by=cast.coordinator)
    for name in ("request", "decide", "return", "undo_decision", "hand_out"):
        assert client.get(url(f"ministry_{name}", draft)).status_code == 404


def test_other_requests_of_the_organisation_stand_below(cast: Cast, client: Client) -> None:
    earlier, request = decided(cast), sent(cast)
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator)
    rows = client.get(url("ministry_request", request)).context["earlier"]
    assert [row.request for row in rows] == [earlier]


# Decisions


def test_granting_everything_asks_first(cast: Cast, client: Client) -> None:
    request = sent(cast, 3)
    page = client.post(url("ministry_decide", request))
    assert page.context["title"] == "Alle 3 leerlingen goedkeuren?"
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED

    answer = client.post(url("ministry_decide", request), dict(page.context["fields"]))

    assert answer.status_code == 302
    assert set(request.lines.values_list("state", flat=True)) == {LineState.GRANTED}


def test_a_refusal_needs_a_reason_beside_its_field(cast: Cast, client: Client) -> None:
    request = sent(cast, 2)
    line = request.lines.order_by("position")[0]
    page = client.post(url("ministry_decide", request), {f"refuse_{line.pk}": "on"})
    assert page.context["form"].errors == {f"reason_{line.pk}": ["Geef een reden om te weigeren."]}
    assert "checked" in page.content.decode()


def test_a_reason_without_a_tick_is_not_lost(cast: Cast, client: Client) -> None:
    request = sent(cast, 1)
    line = request.lines.get()
    page = client.post(url("ministry_decide", request), {f"reason_{line.pk}": "Vol."})
    assert list(page.context["form"].errors) == [f"refuse_{line.pk}"]


def test_some_are_refused_each_with_a_reason(cast: Cast, client: Client) -> None:
    request = sent(cast, 3)
    first, second, _granted = request.lines.order_by("position")
    typed = {
        f"refuse_{first.pk}": "on",
        f"refuse_{second.pk}": "on",
        "reason": "Vol.",
        f"reason_{second.pk}": "Volgt les in een andere school.",
    }
    page = client.post(url("ministry_decide", request), typed)
    assert page.context["happens"] == [
        "Je keurt 1 leerling goed.",
        "Je weigert 1 leerling: Vol.",
        "Je weigert 1 leerling: Volgt les in een andere school.",
    ]
    client.post(url("ministry_decide", request), dict(page.context["fields"]))
    reasons = request.lines.order_by("position").values_list("state", "decisions__reason")
    assert list(reasons) == [
        (LineState.REFUSED, "Vol."),
        (LineState.REFUSED, "Volgt les in een andere school."),
        (LineState.GRANTED, ""),
    ]


def test_a_request_that_changed_since_the_question_is_asked_again(
    cast: Cast, client: Client
) -> None:
    request = sent(cast, 2)
    page = client.post(url("ministry_decide", request))
    confirmed = dict(page.context["fields"]) | {"confirmed": "1,2"}
    again = client.post(url("ministry_decide", request), confirmed)
    assert again.context["title"] == "Alle 2 leerlingen goedkeuren?"
    assert set(request.lines.values_list("state", flat=True)) == {LineState.ASKED}


def test_a_decided_request_is_not_decided_again(cast: Cast, client: Client) -> None:
    request = decided(cast)
    answer = client.post(url("ministry_decide", request), follow=True)
    assert answer.redirect_chain == [(url("ministry_request", request), 302)]
    assert "is al beslist." in answer.content.decode()


def test_a_request_goes_back_with_a_question(cast: Cast, client: Client) -> None:
    request = sent(cast)
    page = client.post(url("ministry_return", request), {"question": "  "})
    assert page.context["form"].errors == {"question": ["Dit moet je nog invullen."]}
    client.post(url("ministry_return", request), {"question": "Klopt het aantal?"})
    request.refresh_from_db()
    assert (request.state, request.question) == (RequestState.RETURNED, "Klopt het aantal?")


def test_a_national_number_in_a_question_is_refused_beside_it(cast: Cast, client: Client) -> None:
    request = sent(cast)
    page = client.post(url("ministry_return", request), {"question": "Is dit 85.07.30-033.28?"})
    assert "rijksregisternummer" in str(page.context["form"].errors["question"])


def test_a_decision_is_undone_while_nothing_is_handed_out(
    cast: Cast, client: Client, stock: Pool
) -> None:
    request = decided(cast)
    assert client.get(url("ministry_undo_decision", request)).status_code == 200
    confirm(client, url("ministry_undo_decision", request))
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    requests.grant_all(request=request, by=cast.officer, now=NOW)
    handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    answer = client.post(url("ministry_undo_decision", request), follow=True)
    assert "zijn al codes uitgereikt" in answer.content.decode()


# Handing out


def test_the_page_says_how_many_codes_from_which_pools(
    cast: Cast, client: Client, stock: Pool
) -> None:
    request = decided(cast, 2)
    answer = client.get(url("ministry_hand_out", request))
    preview = answer.context["preview"]
    assert [(each.pool, each.codes, each.left) for each in preview.from_pools] == [(stock, 2, 0)]
    assert HandOut.objects.count() == 0
    done = press(client, answer).content.decode()
    assert "2 codes uitgereikt." in done
    assert f'href="{url("ministry_reclaim", request)}"' in done
    assert HandOut.objects.live().filter(line__request=request).count() == 2


def test_too_few_codes_are_a_refusal_with_a_choice(cast: Cast, client: Client, stock: Pool) -> None:
    request = decided(cast, 3)
    answer = client.post(url("ministry_hand_out", request))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Er is 1 code te weinig." in page
    assert "2 van 3 codes uitreiken" in page
    assert HandOut.objects.count() == 0
    press(client, answer)
    assert HandOut.objects.count() == 2


def test_a_wish_that_cannot_be_met_names_the_provider(
    cast: Cast, client: Client, stock: Pool
) -> None:
    request = decided(cast, 2, wish=Wish.ONLY, wish_provider=cast.other_provider)
    page = client.get(url("ministry_hand_out", request)).content.decode()
    assert "Voor 2 leerlingen is er geen code van Proximus." in page
    assert "Nieuwe codes laden" in page


def test_a_request_nobody_waits_on_goes_back_to_its_page(
    cast: Cast, client: Client, stock: Pool
) -> None:
    request = decided(cast)
    handing_out.hand_out(request=request, by=cast.officer, now=NOW)
    for answer in (
        client.get(url("ministry_hand_out", request)),
        client.post(url("ministry_hand_out", request)),
        client.get(url("ministry_hand_out", sent(cast))),
    ):
        assert answer.status_code == 302


# Selections


def test_a_ticked_selection_is_granted_after_a_question(cast: Cast, client: Client) -> None:
    first, second, third = sent(cast, 2), sent(cast, 3), sent(cast, 1)
    ticked = {"selected": [first.pk, second.pk], "action": "do"}
    page = client.post(reverse("ministry_grant_selection"), ticked)
    answer = press(client, page)
    assert page.context["title"] == "2 aanvragen helemaal goedkeuren?"
    assert page.context["happens"][0] == "Je keurt 5 leerlingen goed."
    assert sentences(answer) == [
        "2 aanvragen goedgekeurd, voor 5 leerlingen. Reik nu de codes uit."
    ]
    third.refresh_from_db()
    assert third.state == RequestState.SUBMITTED


def test_everything_means_all_that_the_filters_show(cast: Cast, client: Client) -> None:
    own = sent(cast)
    submitted_request(cast.other_school, cast.period, by=cast.other_coordinator)
    page = client.post(
        reverse("ministry_grant_selection") + "?provincie=BE-VOV", {"everything": "1"}
    )
    assert dict(page.context["fields"])["ids"] == str(own.pk)


def test_of_hundreds_the_hundred_that_wait_longest_go_and_the_page_says_what_is_left(
    cast: Cast, client: Client
) -> None:
    hundreds.sent_requests([cast.school] * 101, cast.period, by=cast.coordinator)
    newest = sent(cast, now=at(date(2020, 3, 20)))
    url = reverse("ministry_grant_selection") + "?provincie=BE-VOV"
    page = client.post(url, {"everything": "1"})
    assert page.context["title"] == "100 aanvragen helemaal goedkeuren?"
    left = "Er gaan er 100 tegelijk: die het langst wachten. 2 aanvragen blijven in de lijst."
    assert page.context["happens"][-1] == left
    ids = dict(page.context["fields"])["ids"].split(",")
    assert (len(ids), str(newest.pk) in ids) == (100, False)
    answer = press(client, page)
    assert answer.redirect_chain == [(reverse("ministry_requests") + "?provincie=BE-VOV", 302)]
    assert sentences(answer)[0].startswith("100 aanvragen goedgekeurd")


def test_nothing_ticked_goes_back_to_the_list(client: Client, cast: Cast) -> None:
    answer = client.post(reverse("ministry_grant_selection"), {"selected": ["x"]}, follow=True)
    assert sentences(answer) == ["Kies eerst een of meer aanvragen."]


def test_of_what_changed_meanwhile_nothing_is_done_and_it_is_asked_again(
    cast: Cast, client: Client
) -> None:
    first, second = sent(cast), sent(cast)
    page = client.post(reverse("ministry_grant_selection"), {"selected": [first.pk, second.pk]})
    requests.withdraw(request=first, by=cast.coordinator, now=NOW)
    again = press(client, page)
    assert again.context["title"] == "1 aanvraag helemaal goedkeuren?"
    assert again.context["changed"] == [
        "Eerst stond hier: 2 aanvragen helemaal goedkeuren?",
        "Eerst stond hier: Je keurt 2 leerlingen goed.",
        "Nu staat hier: 1 aanvraag helemaal goedkeuren?",
        "Nu staat hier: Je keurt 1 leerling goed.",
    ]
    second.refresh_from_db()
    assert second.state == RequestState.SUBMITTED
    assert sentences(press(client, again))[0].startswith("1 aanvraag goedgekeurd")
    late = press(client, again)
    assert sentences(late) == ["Dit is intussen al gedaan of veranderd."]


def test_codes_of_a_selection_that_somebody_handed_out_meanwhile_are_asked_again(
    cast: Cast, client: Client, stock: Pool
) -> None:
    first, second = decided(cast, 1), decided(cast, 1)
    page = client.post(reverse("ministry_hand_out_selection"), {"everything": "1"})
    handing_out.hand_out(request=first, by=cast.administrator, now=NOW)
    again = press(client, page)
    assert again.context["title"] == "Codes uitreiken voor 1 aanvraag?"
    assert not HandOut.objects.filter(line__request=second).exists()


def test_a_selection_gets_its_codes_the_longest_waiting_first(
    cast: Cast, client: Client, stock: Pool
) -> None:
    later = decided(cast, 1, now=at(date(2020, 3, 20)))
    first = decided(cast, 2, now=at(date(2020, 3, 10)))
    answer = confirm(client, reverse("ministry_hand_out_selection"), {"everything": "1"})
    assert set(HandOut.objects.values_list("line__request", flat=True)) == {first.pk}
    said = sentences(answer)
    assert said[0] == "2 codes uitgereikt voor 1 aanvraag."
    assert said[1].startswith(f"{later.label}: Er is 1 code te weinig.")


# Take codes back


def out(cast: Cast, references: int = 3) -> tuple[VoucherRequest, list[HandOut]]:
    load_codes(cast.pool, by=cast.officer, codes=references)
    rows = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=references
    )
    return rows[0].line.request, rows


def test_unseen_codes_are_taken_back_and_the_others_stay(cast: Cast, client: Client) -> None:
    request, rows = out(cast)
    reveal(rows[:1], by=cast.coordinator, now=NOW)
    report_activations(rows[1:2], on=date(2020, 3, 20), by=cast.provider_user)
    assert url("ministry_reclaim", request) in client.get(url("ministry_request", request)).text
    page = client.get(url("ministry_reclaim", request))
    assert page.context["title"] == "1 code terugnemen?"
    assert "wordt afgesloten" in page.text
    answer = press(client, page)
    assert sentences(answer) == ["1 code is teruggenomen en zit weer in de voorraad."]
    assert [row.pk for row in HandOut.objects.live().order_by("pk")] == [r.pk for r in rows[:2]]
    assert request.lines.filter(state=LineState.CLOSED).get().pk == rows[2].line_id
    page = client.get(url("ministry_request", request))
    assert url("ministry_reclaim", request) not in page.text
    assert "1 code teruggenomen" in page.text


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "2"}, {"confirmed": "0"}])
def test_taking_back_another_number_than_confirmed_asks_again(
    cast: Cast, client: Client, confirmed: dict[str, str]
) -> None:
    request, rows = out(cast)
    answer = client.post(url("ministry_reclaim", request), confirmed)
    assert answer.context["title"] == "3 codes terugnemen?"
    assert HandOut.objects.live().count() == len(rows)


@pytest.mark.parametrize("confirmed", [None, {"confirmed": "0"}])
def test_with_nothing_to_take_back_nothing_happens(
    cast: Cast, client: Client, confirmed: dict[str, str] | None
) -> None:
    request, rows = out(cast, 1)
    reveal(rows, by=cast.coordinator, now=NOW)
    address = url("ministry_reclaim", request)
    answer = client.get(address) if confirmed is None else client.post(address, confirmed)
    assert answer.headers["Location"] == url("ministry_request", request)
    assert HandOut.objects.live().count() == 1


def test_taking_back_on_a_request_that_is_not_there_or_in_another_way(
    cast: Cast, client: Client
) -> None:
    request, _rows = out(cast, 1)
    assert client.get(reverse("ministry_reclaim", args=[request.pk + 1])).status_code == 404
    assert client.put(url("ministry_reclaim", request)).status_code == 405


# For every page


@pytest.mark.parametrize("name", ["ministry_grant_selection", "ministry_hand_out_selection"])
def test_a_page_that_acts_is_not_opened(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 405


@pytest.mark.parametrize(
    "name",
    [
        "ministry_request",
        "ministry_decide",
        "ministry_return",
        "ministry_hand_out",
        "ministry_reclaim",
    ],
)
def test_other_roles_have_no_business_here(cast: Cast, as_user: SignIn, name: str) -> None:
    request = sent(cast)
    for person in (cast.coordinator, cast.other_coordinator, cast.provider_user):
        assert as_user(person).get(url(name, request)).status_code == 403
        assert as_user(person).post(url(name, request)).status_code == 403


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_a_request_asks_as_much_for_many_pupils_as_for_one(cast: Cast, client: Client) -> None:
    few, many = sent(cast, 1), sent(cast, 9)
    for name in ("ministry_request", "ministry_decide"):
        assert queries(client, url(name, few)) == queries(client, url(name, many))


def test_home_says_what_waits_and_since_when(cast: Cast, stock: Pool) -> None:
    sent(cast, now=at(date(2020, 3, 10)))
    decided(cast, 3)
    tasks = {task.title: task for task in officer_tasks(cast.officer, date(2020, 3, 14))}
    decide = tasks["aanvraag te beslissen"]
    assert (decide.count, decide.since) == (1, "oudste: 4 dagen")
    assert tasks["goedgekeurde leerlingen wachten op een code"].count == 3
    assert tasks["voorraden bijna op"].count == 3


def test_the_administrator_decides_too(cast: Cast, as_user: SignIn) -> None:
    request = sent(cast)
    assert as_user(cast.administrator).get(url("ministry_decide", request)).status_code == 200

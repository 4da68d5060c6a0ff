"""The coordinators' pages, as somebody with a browser meets them."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.tests.factories import make_coordinator
from common.tests.asking import answer, confirm, sent_along
from conftest import Cast, SignIn
from schools.models import EducationType, Organisation
from schools.tests.factories import make_ocmw
from vouchers.actions.requests import requests
from vouchers.models import (
    Agreement,
    HandOut,
    Period,
    Pool,
    PupilLine,
    Renewal,
    Reveal,
    VoucherRequest,
)
from vouchers.states import LineState, RenewalState, RequestState, Wish
from vouchers.tests.factories import (
    handed_out,
    load_codes,
    make_request,
    report_activations,
    submitted_request,
)

NATIONAL_NUMBER = "85.07.30-033.28"


@pytest.fixture
def world(cast: Cast) -> Cast:
    """The cast, with its period and pools moved around today: pages read the clock."""
    today = timezone.localdate()
    Period.objects.update(
        asks_from=today - timedelta(days=30),
        asks_until=today + timedelta(days=60),
        reports_from=today - timedelta(days=30),
        reports_until=today + timedelta(days=60),
    )
    Agreement.objects.update(
        starts_on=today - timedelta(days=60), ends_on=today + timedelta(days=400)
    )
    Pool.objects.update(valid_until=today + timedelta(days=200))
    cast.period.refresh_from_db()
    return cast


@pytest.fixture
def own(world: Cast, as_user: SignIn) -> Client:
    return as_user(world.coordinator)


def draft(cast: Cast, **options: Any) -> VoucherRequest:
    return make_request(
        cast.school, cast.period, by=cast.coordinator, now=timezone.now(), **options
    )


def sent(cast: Cast, **options: Any) -> VoucherRequest:
    return submitted_request(
        cast.school, cast.period, by=cast.coordinator, now=timezone.now(), **options
    )


def codes_of(cast: Cast, number: int = 1, *, other: bool = False, **options: Any) -> list[HandOut]:
    """Codes handed out to pupils of the own school, or of the other."""
    load_codes(cast.pool, by=cast.officer, codes=number)
    school, by = (
        (cast.other_school, cast.other_coordinator) if other else (cast.school, cast.coordinator)
    )
    return handed_out(
        school,
        cast.period,
        by=by,
        officer=cast.officer,
        references=number,
        now=timezone.now(),
        **options,
    )


def form_of(page: Any) -> dict[str, str]:
    """The fields of the request form with the values on the page."""
    found = {}
    for form in [
        page.context["form"],
        page.context["lines"].management_form,
        *page.context["lines"].forms,
    ]:
        for field in form:
            value = field.value()
            found[field.html_name] = "" if value is None else str(getattr(value, "pk", value))
    return found


def typed(page: Any, *references: str, **fields: str) -> dict[str, str]:
    """The form with these references in its first lines."""
    lines = {f"leerling-{i}-reference": text for i, text in enumerate(references)}
    return form_of(page) | lines | fields


def shown(page: Any) -> list[str]:
    """The references in the form, without the blank ones."""
    values = [form["reference"].value() for form in page.context["lines"].forms]
    return [value for value in values if value]


def text_of(page: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


# Asking


def test_a_request_is_typed_checked_and_sent(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    page = own.get(new)
    response = own.post(new, typed(page, "LL-1", "LL-2", action="check"))
    request = VoucherRequest.objects.get()
    check = reverse("request_check", args=[request.pk])
    assert response.headers["Location"] == check
    assert "LL-2" in text_of(own.get(check))
    after = own.post(check, follow=True)
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    assert "Wat gebeurt er nu?" in text_of(after)


def test_saving_keeps_the_draft_for_later(world: Cast, own: Client) -> None:
    page = own.get(reverse("request_new"))
    own.post(reverse("request_new"), typed(page, "LL-1", note="Twee klassen", action="save"))
    request = VoucherRequest.objects.get()
    again = own.get(reverse("request_edit", args=[request.pk]))
    assert (request.state, request.note, shown(again)) == ("DRAFT", "Twee klassen", ["LL-1"])


def test_a_second_post_of_the_same_form_lands_on_the_same_request(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    form = typed(own.get(new), "LL-1", action="check")
    first = own.post(new, form)
    assert own.post(new, form).headers["Location"] == first.headers["Location"]
    own.post(first.headers["Location"])
    again = own.post(new, form)
    request = VoucherRequest.objects.get()
    assert again.headers["Location"] == reverse("request_detail", args=[request.pk])


def test_a_form_changed_after_it_was_sent_is_shown_as_a_new_request(
    world: Cast, own: Client
) -> None:
    new = reverse("request_new")
    form = typed(own.get(new), "LL-1", action="check")
    own.post(own.post(new, form).headers["Location"])
    page = own.post(new, form | {"leerling-0-reference": "LL-2"})
    assert shown(page) == ["LL-2"]
    own.post(new, typed(page, action="check"))
    states = VoucherRequest.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [RequestState.SUBMITTED, RequestState.DRAFT]


def test_sending_twice_lands_on_the_same_page_and_says_so(world: Cast, own: Client) -> None:
    request = draft(world)
    check = reverse("request_check", args=[request.pk])
    own.post(check)
    page = own.post(check, follow=True)
    assert "is al verstuurd" in text_of(page)
    assert request.lines.count() == 1


def test_more_lines_keep_what_was_typed_and_write_nothing(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), "LL-1", "Jan", note="Hoi", action="more"))
    assert shown(page) == ["LL-1", "Jan"]
    assert len(page.context["lines"].forms) == 7
    assert page.context["form"]["note"].value() == "Hoi"
    assert not VoucherRequest.objects.exists()


def test_a_pasted_column_is_shown_as_lines_and_not_kept_yet(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    form = typed(own.get(new), "LL-1", pasted="LL-2\r\nLL-3\r\n\r\nLL-4", action="paste")
    page = own.post(new, form)
    assert shown(page) == ["LL-1", "LL-2", "LL-3", "LL-4"]
    assert "3 geplakte leerlingen staan in de lijst" in text_of(page)
    assert not VoucherRequest.objects.exists()


def test_what_is_still_in_the_box_is_never_forgotten(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), pasted="LL-2", action="check"))
    assert shown(page) == ["LL-2"]


# However much is sent


def test_a_paste_above_the_limit_is_refused_beside_the_box_and_nothing_is_lost(
    world: Cast, own: Client
) -> None:
    new = reverse("request_new")
    pasted = "\t" * 100_000 + "\n" * 100_001
    for action in ("paste", "more", "save", "remove:1"):
        page = own.post(new, typed(own.get(new), "LL-1", pasted=pasted, action=action))
        (refusal,) = page.context["form"].errors["pasted"]
        assert "meer dan 200.000 tekens" in refusal
        assert shown(page) == ["LL-1"]
        assert page.context["form"]["pasted"].value() == pasted
        assert '<details class="paste-box" open>' in page.content.decode()
    assert not VoucherRequest.objects.exists()


def test_a_column_that_is_empty_at_the_top_is_one_column(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), pasted="\tA1\n\tA2\n", action="paste"))
    assert shown(page) == ["A1", "A2"]


def test_a_school_too_long_to_be_one_is_not_shown_again_on_each_line(
    world: Cast, ocmw: Client
) -> None:
    new, endless = reverse("request_new"), "x" * 10_000
    page = ocmw.post(new, typed(ocmw.get(new), "A", "B", **{"leerling-0-school": endless}))
    assert page.content.decode().count(endless) == 1
    pasted = typed(ocmw.get(new), pasted="A\nB", pasted_school=endless, action="paste")
    page = ocmw.post(new, pasted)
    assert set(errors(page)) == {"form.pasted_school"}
    assert page.content.decode().count(endless) == 1


def test_schools_are_looked_up_only_when_what_was_typed_is_no_longer_than_a_school(
    world: Cast, ocmw: Client
) -> None:
    new = reverse("request_new")
    form = typed(ocmw.get(new), "A", "B", **{"leerling-0-school": "e " * 5_000}, action="save")
    with CaptureQueriesContext(connection) as asked:
        page = ocmw.post(new, form)
    assert set(errors(page)) == {"1.school"}
    assert not [each for each in asked if " LIKE " in each["sql"]]


def test_forty_names_of_schools_take_as_many_queries_as_one(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    counts = []
    for number in (1, 40):
        empty = typed(ocmw.get(new), action="more") | {"leerling-TOTAL_FORMS": "40"}
        lines = {f"leerling-{i}-reference": f"K{i}" for i in range(40)}
        schools = {f"leerling-{i}-school": f"aalst x{i % number}" for i in range(40)}
        form = empty | lines | schools | {"action": "save"}
        with CaptureQueriesContext(connection) as asked:
            page = ocmw.post(new, form)
        assert len(errors(page)) == 40
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_number_of_lines_that_was_not_sent_makes_no_lines(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    form = typed(own.get(new), "LL-1") | {"leerling-TOTAL_FORMS": "2000", "action": "save"}
    page = own.post(new, form)
    assert len(page.context["lines"].forms) == 10
    assert not VoucherRequest.objects.exists()


def test_a_search_while_typing_asks_no_more_than_eight_words(world: Cast, ocmw: Client) -> None:
    conditions = []
    for words in (8, 1_000):
        text = " ".join(chr(0x4E00 + at) for at in range(words))
        with CaptureQueriesContext(connection) as asked:
            assert ocmw.get(reverse("request_schools"), {"x": text}).status_code == 200
        conditions.append(sum(each["sql"].count(" LIKE ") for each in asked))
    assert conditions[0] == conditions[1] > 0


def test_a_line_is_taken_away_by_its_button(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), "LL-1", "LL-2", "LL-3", action="remove:2"))
    assert shown(page) == ["LL-1", "LL-3"]


def errors(page: Any) -> dict[str, list[str]]:
    """Each message with the field it stands beside."""
    found = {f"form.{name}": list(texts) for name, texts in page.context["form"].errors.items()}
    for form in page.context["lines"].forms:
        found |= {f"{form.number}.{name}": list(texts) for name, texts in form.errors.items()}
    return found


def test_a_name_and_a_national_number_are_refused_beside_their_field(
    world: Cast, own: Client
) -> None:
    new = reverse("request_new")
    form = typed(
        own.get(new),
        "LL-1",
        "Jan Janssens",
        NATIONAL_NUMBER,
        note=f"Bel over {NATIONAL_NUMBER}",
        action="check",
    )
    page = own.post(new, form)
    assert set(errors(page)) == {"2.reference", "3.reference", "form.note"}
    assert page.content.decode().count("Fout: ") == 1
    assert shown(page) == ["LL-1", "Jan Janssens", NATIONAL_NUMBER]
    assert not VoucherRequest.objects.exists()


def test_a_reference_used_twice_is_refused_beside_the_second(world: Cast, own: Client) -> None:
    sent(world, references=["LL-9"])
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), "LL-1", "ll-1", "LL-9", action="check"), follow=True)
    assert set(errors(page)) == {"2.reference", "3.reference"}
    assert shown(page) == ["LL-1", "ll-1", "LL-9"]
    assert "aanvraag G1-00001" in errors(page)["3.reference"][0]
    assert "<title>Fout: Aanvraag" in page.content.decode()


def test_a_request_without_pupils_is_refused_beside_the_first_line(
    world: Cast, own: Client
) -> None:
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), action="check"), follow=True)
    assert errors(page) == {"1.reference": ["Vul minstens één leerling in."]}
    assert not VoucherRequest.objects.exists()
    world.period.refresh_from_db()
    assert world.period.last_number == 0


def test_a_period_that_closed_while_typing_is_refused_beside_its_field(
    world: Cast, own: Client
) -> None:
    new = reverse("request_new")
    form = typed(own.get(new), "LL-1", action="check")
    Period.objects.update(asks_until=timezone.localdate() - timedelta(days=1))
    page = own.post(new, form)
    assert set(errors(page)) == {"form.period"}
    assert shown(page) == ["LL-1"]


def test_outside_every_period_the_page_says_when(world: Cast, own: Client) -> None:
    Period.objects.update(asks_until=timezone.localdate() - timedelta(days=1))
    page = own.get(reverse("request_new"))
    assert "Je kan nu geen vouchers aanvragen" in text_of(page)


def test_a_school_that_closed_is_refused(world: Cast, own: Client) -> None:
    request = draft(world, references=["LL-1"])
    Organisation.objects.filter(pk=world.school.pk).update(closed_on=date(2020, 1, 1))
    page = own.post(reverse("request_check", args=[request.pk]), follow=True)
    assert set(errors(page)) == {"form.__all__"}
    assert "is gesloten sinds 01/01/2020" in text_of(page)
    assert shown(page) == ["LL-1"]


def test_a_school_with_two_types_asks_which(world: Cast, own: Client) -> None:
    Organisation.objects.filter(pk=world.school.pk).update(
        education_types=[EducationType.SECONDARY, EducationType.PART_TIME]
    )
    new = reverse("request_new")
    page = own.post(new, typed(own.get(new), "LL-1", action="check"), follow=True)
    assert errors(page) == {"form.education_type": ["Kies het type onderwijs."]}
    edit = reverse("request_edit", args=[VoucherRequest.objects.get().pk])
    own.post(edit, typed(page, education_type=EducationType.PART_TIME, action="check"))
    assert VoucherRequest.objects.get().education_type == EducationType.PART_TIME


def test_a_wish_goes_along(world: Cast, own: Client) -> None:
    new = reverse("request_new")
    wish = f"ONLY:{world.provider.pk}"
    own.post(new, typed(own.get(new), "LL-1", wish=wish, action="check"))
    request = VoucherRequest.objects.get()
    assert (request.wish, request.wish_provider) == (Wish.ONLY, world.provider)


# A request that was returned


def returned(cast: Cast, **options: Any) -> VoucherRequest:
    return requests.return_to_asker(
        request=sent(cast, **options),
        question="Hoeveel klassen?",
        by=cast.officer,
        now=timezone.now(),
    )


def test_a_returned_request_wants_an_answer_right_under_the_question(
    world: Cast, own: Client
) -> None:
    request = returned(world, references=["LL-1"])
    edit = reverse("request_edit", args=[request.pk])
    page = own.get(edit)
    assert page.context["form"]["note"].label == "Jouw antwoord"
    assert text_of(page).index("Hoeveel klassen?") < text_of(page).index("Jouw antwoord")
    assert text_of(page).index("Jouw antwoord") < text_of(page).index("Plak uit Excel")
    refused = own.post(edit, typed(page, action="check"))
    assert set(errors(refused)) == {"form.note"}
    around = own.post(reverse("request_check", args=[request.pk]))
    assert around.headers["Location"] == edit
    request.refresh_from_db()
    assert request.state == RequestState.RETURNED


def test_sending_again_without_any_change_is_refused(world: Cast, own: Client) -> None:
    request = returned(world, references=["LL-1"])
    VoucherRequest.objects.filter(pk=request.pk).update(note="Twee klassen")
    edit = reverse("request_edit", args=[request.pk])
    check = reverse("request_check", args=[request.pk])
    page = own.post(edit, typed(own.get(edit), action="check"))
    assert "Je veranderde nog niets." in errors(page)["form.note"][0]
    assert own.post(edit, typed(page, "LL-1", "LL-2", action="check")).headers["Location"] == check


def test_an_answer_that_was_kept_first_is_an_answer(world: Cast, own: Client) -> None:
    request = returned(world, references=["LL-1"])
    edit = reverse("request_edit", args=[request.pk])
    own.post(edit, typed(own.get(edit), note="Drie klassen", action="save"))
    response = own.post(edit, typed(own.get(edit), action="check"))
    own.post(response.headers["Location"])
    request.refresh_from_db()
    assert (request.state, request.note) == (RequestState.SUBMITTED, "Drie klassen")


# Requests for several schools


@pytest.fixture
def ocmw(world: Cast, as_user: SignIn) -> Client:
    return as_user(make_coordinator(make_ocmw(), email="ocmw@example.org"))


def test_an_ocmw_names_a_school_once_for_the_lines_under_it(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    form = typed(
        ocmw.get(new),
        "A",
        "B",
        "C4",
        "D5",
        **{"leerling-0-school": "18", "leerling-2-school": str(world.other_school)},
        action="check",
    )
    ocmw.post(new, form)
    found = PupilLine.objects.order_by("position").values_list("school", flat=True)
    assert list(found) == [world.school.pk] * 2 + [world.other_school.pk] * 2


def test_a_pasted_column_can_be_of_one_school(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    page = ocmw.post(
        new, typed(ocmw.get(new), pasted="A1\nA2", pasted_school="000018", action="paste")
    )
    schools = [form["school"].value() for form in page.context["lines"].forms[:2]]
    assert schools == ["000018", "000018"]


def test_a_pasted_second_column_can_be_the_schools(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    pasted = "Referentie\tSchool\r\nA1\t000018\r\nA2\t999999\r\nA3\t"
    form = typed(ocmw.get(new), pasted=pasted, pasted_school="Aalst", action="paste")
    page = ocmw.post(new, form)
    lines = page.context["lines"].forms[:3]
    assert shown(page) == ["A1", "A2", "A3"]
    assert [form["school"].value() for form in lines] == ["000018", "999999", "Aalst"]
    assert "De eerste regel is een titel" in text_of(page)
    assert "Kolom 2" not in text_of(page).partition("Plak uit Excel")[0]


@pytest.mark.parametrize("who", ["own", "ocmw"])
def test_a_second_column_of_something_else_is_left_and_that_is_said_once(
    world: Cast, who: str, request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(who)
    new = reverse("request_new")
    page = client.post(
        new, typed(client.get(new), pasted="A1\tJan Peeters\nA2\t3A", action="paste")
    )
    assert shown(page) == ["A1", "A2"]
    assert text_of(page).count("Kolom 2 hebben we niet overgenomen.") == 1
    assert "Jan Peeters" not in text_of(page)


def test_an_unknown_or_ambiguous_school_is_refused_beside_it(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    form = typed(
        ocmw.get(new),
        "A1",
        "A2",
        "A3",
        **{f"leerling-{i}-school": text for i, text in enumerate(["999999", "Vrije", "Aalst"])},
        action="check",
    )
    page = ocmw.post(new, form)
    assert set(errors(page)) == {"1.school", "2.school"}
    assert not VoucherRequest.objects.exists()


def test_a_line_without_any_school_is_refused_beside_it(world: Cast, ocmw: Client) -> None:
    new = reverse("request_new")
    page = ocmw.post(new, typed(ocmw.get(new), "A1", action="check"), follow=True)
    assert errors(page) == {"1.school": ["Kies de school van deze leerling."]}


def test_schools_are_found_while_typing(world: Cast, ocmw: Client) -> None:
    page = ocmw.get(reverse("request_schools"), {"leerling-0-school": "brussel"})
    assert page.content.decode().strip() == f'<option value="{world.other_school}"></option>'


def test_who_serves_several_organisations_chooses_first(world: Cast, own: Client) -> None:
    world.coordinator.memberships.create(organisation=make_ocmw())
    page = own.get(reverse("request_new"))
    assert "Voor welke organisatie vraag je aan?" in text_of(page)
    chosen = own.get(reverse("request_new"), {"organisatie": world.school.pk})
    assert chosen.context["organisation"] == world.school
    other = own.get(reverse("request_new"), {"organisatie": world.other_school.pk})
    assert other.status_code == 404


# Lists and one request


def test_the_list_filters_by_state_number_and_reference(world: Cast, own: Client) -> None:
    first = draft(world, references=["LL-1"])
    second = sent(world, references=["LL-2"])
    address = reverse("request_list")

    def found(**query: str) -> list[VoucherRequest]:
        asked = own.post(reverse("own_search"), {"list": address, **query})
        return [row for row, _state in own.get(asked["Location"]).context["rows"]]

    assert found() == [second, first]
    assert found(staat="DRAFT") == [first]
    assert found(zoek="g1-00002") == [second]
    assert found(zoek="LL-1") == [first]
    assert found(sort="nummer") == [first, second]
    assert found(golf="golf-1", zoek="niets") == []


def test_the_list_says_why_it_is_empty(world: Cast, own: Client) -> None:
    assert "Je hebt nog geen aanvragen" in text_of(own.get(reverse("request_list")))


def test_one_request_shows_state_pupils_and_what_happened(world: Cast, own: Client) -> None:
    request = sent(world, references=["LL-1"])
    requests.return_to_asker(
        request=request, question="Klopt dit?", by=world.officer, now=timezone.now()
    )
    page = text_of(own.get(reverse("request_detail", args=[request.pk])))
    for words in (
        "Teruggestuurd: een vraag aan jou. Pas aan en verstuur opnieuw.",
        "Klopt dit?",
        "Gevraagd, nog niet beslist",
        "Aanpassen en opnieuw versturen",
        "Teruggestuurd met een vraag van het ministerie",
    ):
        assert words in page
    assert world.officer.name not in page


@pytest.mark.parametrize(
    ("view", "make", "button", "state"),
    [
        ("request_withdraw", sent, "Aanvraag intrekken", [RequestState.WITHDRAWN]),
        ("request_delete", draft, "Aanvraag weggooien", []),
    ],
)
def test_what_cannot_be_undone_is_asked_first(
    world: Cast,
    own: Client,
    view: str,
    make: Callable[[Cast], VoucherRequest],
    button: str,
    state: list[str],
) -> None:
    request = make(world)
    address = reverse(view, args=[request.pk])
    page = own.get(address)
    assert button in text_of(page)
    own.post(address)
    request.refresh_from_db()
    assert request.state in {RequestState.SUBMITTED, RequestState.DRAFT}
    answer(own, page)
    assert list(VoucherRequest.objects.values_list("state", flat=True)) == state


def test_a_decided_request_offers_no_withdrawal(world: Cast, own: Client) -> None:
    request = sent(world)
    requests.grant_all(request=request, by=world.officer, now=timezone.now())
    for follow in (own.get, own.post):
        page = follow(reverse("request_withdraw", args=[request.pk]), follow=True)
        assert "Intrekken kan niet meer" in text_of(page)
    request.refresh_from_db()
    assert request.state == RequestState.DECIDED


# Letters


def test_printing_is_confirmed_recorded_and_never_cached(world: Cast, own: Client) -> None:
    first, second = codes_of(world, 2)
    address = reverse("letters_print")
    question = own.post(address, {"selected": [first.pk]})
    assert "1 brief afdrukken?" in text_of(question)
    assert not Reveal.objects.exists()
    pdf = answer(own, question)
    assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in pdf.headers["Cache-Control"]
    assert list(Reveal.objects.values_list("hand_out", "revealed_to")) == [
        (first.pk, world.coordinator.pk)
    ]
    second.refresh_from_db()
    assert second.revealed_at is None


def test_by_default_the_letters_not_printed_yet_are_there_and_ticked(
    world: Cast, own: Client
) -> None:
    first, second = codes_of(world, 2)
    confirm(own, reverse("letters_print"), {"selected": [first.pk]})

    def rows(**query: str) -> list[tuple[HandOut, bool]]:
        page = own.get(reverse("letters"), query)
        return [(row, ticked) for row, _state, ticked in page.context["rows"]]

    assert rows() == [(second, True)]
    assert rows(stand="alle") == [(first, False), (second, True)]


def test_a_letter_whose_code_expired_waits_for_nobody(cast: Cast, as_user: SignIn) -> None:
    own = as_user(cast.coordinator)
    load_codes(cast.pool, by=cast.officer)  # of 2020
    (code,) = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    assert not list(own.get(reverse("letters")).context["page"])
    assert list(own.get(reverse("letters"), {"stand": "alle"}).context["page"]) == [code]
    page = text_of(own.get(reverse("request_detail", args=[code.line.request_id])))
    assert "De codes zijn niet meer geldig." in page
    assert "Brieven afdrukken" not in page


def test_all_letters_of_the_list_are_printed_at_once(world: Cast, own: Client) -> None:
    """Only those that the question named: what has joined the list since is left for the next
    time."""
    codes = codes_of(world, 3)
    asked = own.post(reverse("letters_print"), {"everything": "1"})
    codes_of(world)
    answer(own, asked)
    assert set(HandOut.objects.filter(revealed_by=world.coordinator)) == set(codes)


def test_the_whole_list_is_never_done_unasked(world: Cast, own: Client) -> None:
    (printed, _other) = codes_of(world, 2)
    confirm(own, reverse("letters_print"), {"selected": [printed.pk]})
    for name, stage in (("letters_print", "niet-afgedrukt"), ("letters_given", "afgedrukt")):
        address = f"{reverse(name)}?stand={stage}"
        page = own.post(address, {"everything": "1", "confirmed": "1"}, follow=True)
        assert "Vink eerst aan" in text_of(page)
    assert Reveal.objects.count() == 1
    assert not HandOut.objects.exclude(given_at=None).exists()


def test_without_a_tick_nothing_is_printed(world: Cast, own: Client) -> None:
    codes_of(world)
    page = own.post(reverse("letters_print"), {"confirmed": "1"}, follow=True)
    assert "Vink eerst aan" in text_of(page)
    assert not Reveal.objects.exists()


def test_printed_letters_are_marked_as_given(world: Cast, own: Client) -> None:
    first, second = codes_of(world, 2)
    confirm(own, reverse("letters_print"), {"selected": [first.pk]})
    ticked = {"selected": [first.pk, second.pk]}
    asked = own.post(reverse("letters_given") + "?stand=alle", ticked)
    assert "1 brief als meegegeven markeren?" in text_of(asked)
    assert "Vergist? Kies de brieven dan bij Gezinnen" in text_of(asked)
    assert not HandOut.objects.exclude(given_at=None).exists()
    assert "1 brief is nog niet afgedrukt en blijft staan" in text_of(asked)
    assert sent_along(asked)["ids"] == [str(first.pk)]
    confirm(own, reverse("letters_print"), {"selected": [second.pk]})
    page = answer(own, asked)
    assert HandOut.objects.filter(given_by=world.coordinator).get() == first
    assert "1 brief staat als meegegeven" in text_of(page)


def test_letters_that_nobody_printed_are_not_given(world: Cast, own: Client) -> None:
    codes = codes_of(world, 2)
    ticked = {"selected": [each.pk for each in codes]}
    page = own.post(reverse("letters_given") + "?stand=alle", ticked, follow=True)
    assert "2 brieven zijn nog niet afgedrukt en blijven staan" in text_of(page)
    assert not HandOut.objects.exclude(given_at=None).exists()


def test_marking_as_given_is_offered_for_printed_letters_only(world: Cast, own: Client) -> None:
    first, _second = codes_of(world, 2)
    confirm(own, reverse("letters_print"), {"selected": [first.pk]})
    offered = {
        stage: "Markeer als meegegeven" in text_of(own.get(reverse("letters"), {"stand": stage}))
        for stage in ["niet-afgedrukt", "afgedrukt", "alle"]
    }
    assert offered == {"niet-afgedrukt": False, "afgedrukt": True, "alle": False}


def test_the_whole_list_is_marked_as_given_as_it_was_asked(world: Cast, own: Client) -> None:
    """Those that the question counted, whatever the filter matches by then."""
    codes = codes_of(world, 3)
    confirm(own, reverse("letters_print"), {"selected": [each.pk for each in codes]})
    given = reverse("letters_given") + "?stand=afgedrukt"
    asked = own.post(given, {"everything": "1"})
    assert "3 brieven als meegegeven markeren?" in text_of(asked)
    (since,) = codes_of(world)
    confirm(own, reverse("letters_print"), {"selected": [since.pk]})
    answer(own, asked)
    assert set(HandOut.objects.exclude(given_at=None)) == set(codes)


def test_the_page_with_the_letters_says_what_comes_next(world: Cast, own: Client) -> None:
    (code,) = codes_of(world)
    page = own.post(reverse("letters_print"), {"selected": [code.pk]})
    assert "De PDF komt bij je downloads." in text_of(page)
    assert 'stand=afgedrukt">Verder: welke brieven gaf je mee?</a>' in page.content.decode()


# Families and renewal


def test_families_shows_who_did_not_activate_and_up_to_when_that_is_known(
    world: Cast, own: Client
) -> None:
    used, unused = codes_of(world, 2)
    today = timezone.localdate()
    report_activations([used], on=today, by=world.provider_user, now=timezone.now())
    page = own.get(reverse("families"))
    assert [row for row, _state in page.context["rows"]] == [unused]
    assert page.context["reported"][0].startswith("Telenet meldde activaties tot en met ")
    in_use = own.get(reverse("families"), {"stand": "in-gebruik"})
    assert [row for row, _state in in_use.context["rows"]] == [used]


def test_renewal_of_all_codes_in_use_is_one_click(world: Cast, own: Client) -> None:
    used = codes_of(world, 3)[:2]
    report_activations(used, on=timezone.localdate(), by=world.provider_user, now=timezone.now())
    assert own.get(reverse("renewals")).context["askable"] == 2
    page = own.post(reverse("renewals"), {"everything": "1"}, follow=True)
    assert "De provider krijgt de vraag om 2 codes te verlengen." in text_of(page)
    asked = Renewal.objects.values_list("hand_out", "state")
    assert set(asked) == {(each.pk, RenewalState.PASSED) for each in used}


def test_home_counts_what_waits(world: Cast, own: Client) -> None:
    draft(world)
    codes_of(world, 2)
    tasks = {task.title: task.count for task in own.get(reverse("home")).context["waiting"]}
    assert tasks == {"aanvraag is nog niet verstuurd": 1, "brieven af te drukken": 2}


# Access


PAGES = ["request_list", "request_new", "letters", "families", "renewals", "request_schools"]
OF_ONE = ["request_detail", "request_edit", "request_check", "request_withdraw", "request_delete"]
POSTS = ["letters_print", "letters_given"]


@pytest.mark.parametrize("name", [*PAGES, *POSTS])
def test_other_roles_are_turned_away(world: Cast, as_user: SignIn, name: str) -> None:
    for person in (world.officer, world.administrator, world.provider_user):
        assert as_user(person).post(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", OF_ONE)
def test_a_request_of_another_organisation_does_not_exist(
    world: Cast, own: Client, as_user: SignIn, name: str
) -> None:
    other = submitted_request(
        world.other_school, world.period, by=world.other_coordinator, now=timezone.now()
    )
    address = reverse(name, args=[other.pk])
    assert [own.get(address).status_code, own.post(address).status_code] in ([404, 404], [404, 405])
    assert as_user(world.officer).get(address).status_code == 403
    other.refresh_from_db()
    assert other.state == RequestState.SUBMITTED


@pytest.mark.parametrize("name", POSTS)
def test_a_code_of_another_organisation_does_not_exist(world: Cast, own: Client, name: str) -> None:
    (theirs,) = codes_of(world, other=True)
    for sent in ({"selected": [theirs.pk]}, {"ids": str(theirs.pk), "confirmed": "1"}):
        response = own.post(reverse(name), sent)
        theirs.refresh_from_db()
        assert (response.status_code, theirs.revealed_at) == (404, None)


@pytest.mark.parametrize("name", POSTS)
def test_a_page_that_acts_answers_no_get(own: Client, name: str) -> None:
    assert own.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", ["request_list", "letters", "families", "renewals"])
def test_a_list_shows_own_rows_only(world: Cast, own: Client, name: str) -> None:
    (theirs,) = codes_of(world, other=True)
    report_activations(
        [theirs], on=timezone.localdate(), by=world.provider_user, now=timezone.now()
    )
    page = own.get(reverse(name), {"stand": "alle"})
    assert page.context.get("rows", []) == []
    assert theirs.line.reference not in text_of(page)


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(address, {"stand": "alle"})
    return len(captured)


def test_a_request_of_three_pupils_asks_the_database_as_often_as_of_one(
    world: Cast, own: Client
) -> None:
    counts = []
    for number in (1, 3):
        line = codes_of(world, number)[0].line
        address = reverse("request_detail", args=[line.request_id])
        own.get(address)
        counts.append(queries(own, address))
    assert counts[0] == counts[1]
    assert PupilLine.objects.filter(state=LineState.GRANTED).count() == 4


def test_who_serves_several_organisations_sees_and_filters_them(world: Cast, own: Client) -> None:
    codes_of(world)
    codes_of(world, other=True)
    world.coordinator.memberships.create(organisation=world.other_school)
    for name in ("request_list", "letters", "families"):
        both = own.get(reverse(name))
        assert (len(both.context["rows"]), both.context["several"]) == (2, True)
        assert str(world.other_school) in text_of(both)
        one = own.get(reverse(name), {"organisatie": world.other_school.pk})
        assert len(one.context["rows"]) == 1


@pytest.mark.parametrize("name", ["request_list", "letters", "families", "renewals"])
def test_nonsense_in_the_address_is_no_error(own: Client, name: str) -> None:
    query = {
        "organisatie": "x",
        "staat": "?",
        "stand": "?",
        "sort": "-?",
        "page": "x",
        "zoek": "%_\\'",
    }
    assert own.get(reverse(name), query).status_code == 200


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 19, "²", "-1", "x"])
def test_a_number_no_row_can_have_is_no_error(world: Cast, own: Client, number: str) -> None:
    codes_of(world)
    for name in POSTS:
        own.post(reverse(name), {"selected": [number], "confirmed": "1"})
    assert HandOut.objects.get().revealed_at is None
    new = reverse("request_new")
    assert own.get(new, {"organisatie": number}).status_code == 404
    page = own.post(new, typed(own.get(new), "LL-1") | {"period": number, "action": "save"})
    assert page.status_code == 200
    assert "period" in page.context["form"].errors
    taken = typed(own.get(new), "LL-1") | {"action": f"remove:{number}"}
    assert own.post(new, taken).status_code == 200

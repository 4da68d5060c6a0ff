"""Pages about reclaimed codes: what the organisation chooses, what the ministry sets."""

from datetime import date
from functools import partial
from html import unescape

import pytest
from django.db.models import F
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from common.tests import asking
from common.tests.asking import confirm
from conftest import Cast, SignIn
from pages.coordinator.tests.test_views import text_of
from vouchers.actions.life import reclaims
from vouchers.models import HandOut, Mail, ReclaimNotice, Reveal, SchoolHoliday
from vouchers.states import HolidayKind, MailState
from vouchers.tests.factories import at, handed_out, load_codes, reveal
from vouchers.tests.races import while_held

OUT, ANNOUNCED, DUE = date(2020, 3, 11), date(2020, 3, 25), date(2020, 4, 1)


@pytest.fixture
def notice(cast: Cast) -> ReclaimNotice:
    """Two codes of the own school that will be reclaimed on 1 April 2020; its mail was sent."""
    load_codes(cast.pool, by=cast.officer, codes=3)
    reclaims.set_rule(period=cast.period, days=14, by=cast.supervisor, now=at(OUT))
    handed_out(
        cast.school,
        cast.period,
        by=cast.coordinator,
        officer=cast.officer,
        references=["LL-1", "LL-2"],
    )
    reclaims.run(now=at(ANNOUNCED))
    Mail.objects.update(state=MailState.SENT, sent_at=F("created_at"))
    return ReclaimNotice.objects.get()


# The organisation


def test_home_letters_and_families_lead_to_the_choice(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    client = as_user(cast.coordinator)
    address = reverse("reclaim_notice", args=[notice.pk])
    for page in ("home", "letters", "families"):
        assert address in client.get(reverse(page)).content.decode()
    sentence = "Op 1 april 2020 nemen we 2 codes van aanvraag G1-00001 terug"
    assert text_of(client.get(reverse("letters"))).count(sentence) == 1
    assert address not in as_user(cast.other_coordinator).get(reverse("letters")).content.decode()


def test_the_page_names_the_pupils_and_both_ways_out(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    answer = as_user(cast.coordinator).get(reverse("reclaim_notice", args=[notice.pk]))
    assert answer.context["references"] == ["LL-1", "LL-2"]
    text = text_of(answer)
    assert "Op 1 april 2020 nemen we 2 codes terug" in text
    assert "Wij gebruiken deze nog" in text
    letters = "/brieven/?stand=niet-afgedrukt&aanvraag=G1-00001"
    assert letters in unescape(answer.content.decode())


def test_the_button_keeps_the_codes_and_says_until_when(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    client = as_user(cast.coordinator)
    address = reverse("reclaim_notice", args=[notice.pk])
    kept = text_of(client.post(address, follow=True))
    notice.refresh_from_db()
    assert notice.kept_by == cast.coordinator
    assert "De codes blijven bij jullie tot en met" in kept
    assert "Een collega zei al" in text_of(client.post(address, follow=True))
    assert address not in client.get(reverse("home")).content.decode()


def test_another_organisation_does_not_find_it(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    address = reverse("reclaim_notice", args=[notice.pk])
    assert as_user(cast.other_coordinator).post(address).status_code == 404


def test_afterwards_the_page_says_what_happened(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    reveal([HandOut.objects.earliest("pk")], by=cast.coordinator, now=at(DUE, 8))
    reclaims.run(now=at(DUE, 12))
    text = text_of(as_user(cast.coordinator).get(reverse("reclaim_notice", args=[notice.pk])))
    assert "We hebben 1 code teruggenomen op 1 april 2020." in text
    assert "Maak dan een nieuwe aanvraag voor die leerling." in text


def test_all_printed_leaves_nothing_to_choose(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    reveal(list(HandOut.objects.all()), by=cast.coordinator, now=at(DUE, 8))
    text = text_of(as_user(cast.coordinator).get(reverse("reclaim_notice", args=[notice.pk])))
    assert "Alle brieven zijn afgedrukt. We nemen niets terug." in text


@pytest.mark.django_db(transaction=True)
def test_letters_that_are_just_taken_back_are_not_printed(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    """They are taken back between the ticks and the PDF: a message, and nothing is recorded."""
    client, ids = as_user(cast.coordinator), list(HandOut.objects.values_list("pk", flat=True))
    question = client.post(reverse("letters_print"), {"selected": ids})
    taking_back = partial(reclaims.run, now=at(DUE, 12))
    told = while_held(taking_back, partial(asking.answer, client, question))
    assert isinstance(told, HttpResponse)
    assert "Deze codes zijn net teruggenomen. Er is niets afgedrukt." in text_of(told)
    assert not Reveal.objects.exists()


# The ministry


def test_a_supervisor_switches_it_on_changes_it_and_off(cast: Cast, as_user: SignIn) -> None:
    client, address = (
        as_user(cast.supervisor),
        reverse("ministry_period_reclaim", args=[cast.period.pk]),
    )
    assert client.get(address).context["form"].initial["days"] == 30
    for sent, days in ({"days": "21"}, 21), ({"days": "40"}, 40), ({"off": "1"}, None):
        assert client.post(address, sent).status_code == 302
        cast.period.refresh_from_db()
        by = cast.supervisor if days else None
        assert (cast.period.reclaim_after_days, cast.period.reclaim_set_by) == (days, by)


@pytest.mark.parametrize("days", ["", "6", "366", "veel"])
def test_nonsense_for_days_is_refused_beside_the_field(
    cast: Cast, as_user: SignIn, days: str
) -> None:
    address = reverse("ministry_period_reclaim", args=[cast.period.pk])
    answer = as_user(cast.supervisor).post(address, {"days": days})
    assert list(answer.context["form"].errors) == ["days"]
    cast.period.refresh_from_db()
    assert cast.period.reclaim_after_days is None


def test_who_switched_it_on_and_is_blocked_is_named_at_home_and_on_the_page(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    client = as_user(cast.administrator)
    assert "terugnemen stilligt" not in text_of(client.get(reverse("home")))
    people.block(person=cast.supervisor, by=cast.administrator)
    assert "golf waarin terugnemen stilligt" in text_of(client.get(reverse("home")))
    page = text_of(client.get(reverse("ministry_period_reclaim", args=[cast.period.pk])))
    assert "Het terugnemen ligt stil: Sara Supervisor" in page


def test_the_list_says_per_organisation_what_goes_back_when(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    client, address = as_user(cast.officer), reverse("ministry_reclaims")
    answer = client.get(address)
    assert [(each.codes, state.text) for each, state in answer.context["rows"]] == [
        (2, "Aangekondigd")
    ]
    assert "Samen gaat het om 2 codes die niemand zag." in text_of(answer)
    assert "LL-1" not in answer.content.decode()
    for query, n in [
        ("?staat=teruggenomen", 0),
        ("?staat=alle", 1),
        ("?golf=golf-1", 1),
        ("?zoek=aalst", 1),
        ("?zoek=G1-00001", 1),
        ("?zoek=brussel", 0),
        ("?staat=onzin&golf=onzin", 1),
    ]:
        assert len(client.get(address + query).context["rows"]) == n, query
    reclaims.run(now=at(DUE, 12))
    assert len(client.get(address + "?staat=teruggenomen").context["rows"]) == 1


def test_an_announcement_that_nobody_read_says_so(
    cast: Cast, notice: ReclaimNotice, as_user: SignIn
) -> None:
    handed_out(cast.other_school, cast.period, by=cast.other_coordinator, officer=cast.officer)
    reclaims.run(now=at(date(2020, 3, 26)))
    rows = as_user(cast.officer).get(reverse("ministry_reclaims")).context["rows"]
    assert [state.text for _each, state in rows] == [
        "Aangekondigd",
        "Niemand kreeg al een mail: blijft staan",
    ]


def test_a_holiday_is_added_and_struck(cast: Cast, as_user: SignIn) -> None:
    client, address = as_user(cast.supervisor), reverse("ministry_holiday_new")
    typed = {"kind": HolidayKind.SUMMER, "starts_on": "1/7/2029", "ends_on": "31/08/2029"}
    client.post(address, typed)
    answer = client.get(reverse("ministry_holidays"))
    assert answer.context["known_until"] == date(2029, 8, 31)
    assert "toegevoegd door Sara Supervisor" in text_of(answer)
    added = SchoolHoliday.objects.get()
    confirm(client, reverse("ministry_holiday_withdraw", args=[added.pk]))
    assert client.get(reverse("ministry_holidays")).context["known_until"] == date(2028, 8, 31)
    added.refresh_from_db()
    assert added.withdrawn_by == cast.supervisor


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("31/08/2029", "1/7/2029", "ends_on"), ("7/4/2020", "8/4/2020", "starts_on")],
)
def test_a_holiday_that_ends_before_it_starts_or_that_is_known_is_refused(
    cast: Cast, as_user: SignIn, first: str, last: str, field: str
) -> None:
    typed = {"kind": HolidayKind.OTHER, "starts_on": first, "ends_on": last}
    answer = as_user(cast.supervisor).post(reverse("ministry_holiday_new"), typed)
    assert list(answer.context["form"].errors) == [field]


def test_a_table_that_runs_out_within_a_year_waits_for_somebody(
    cast: Cast, as_user: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(cast.officer)
    for today, waits in (date(2027, 8, 31), False), (date(2027, 9, 2), True):
        monkeypatch.setattr(timezone, "localdate", lambda day=today: day)
        assert ("schoolvakanties loopt af" in text_of(client.get(reverse("home")))) is waits

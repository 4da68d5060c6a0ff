"""Pages of the watch: alerts, one code, what a pool has set apart, looking up, who saw codes."""

import logging
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Session, User
from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from pages.ministry import alert_texts
from vouchers.actions.life import reveals
from vouchers.actions.stock import holding
from vouchers.actions.watch import alerts
from vouchers.actions.watch.tests.test_alerts import report
from vouchers.models import Alert, CodeLookup, HandOut, Holding, ProviderFile, Voucher
from vouchers.states import AlertKind, VoucherState
from vouchers.tests.factories import at, handed_out, load_codes, report_activations, reveal

NOW, LATER = at(date(2020, 3, 20)), at(date(2020, 3, 21))
REFERENCES = ["LLN-A", "LLN-B"]


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes of the own school, printed, one in use; two more in stock."""
    codes = ["AAAA-1", "BBBB-2", "CCCC-3", "DDDD-4"]
    load_codes(cast.pool, by=cast.officer, codes=codes)
    made = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=REFERENCES
    )
    reveal(made, by=cast.coordinator, now=at(date(2020, 3, 12)))
    report_activations(made[:1], on=date(2020, 3, 14), by=cast.provider_user)
    return made


@pytest.fixture
def file(cast: Cast, hand_outs: list[HandOut]) -> ProviderFile:
    """A file that reports a code in stock as in use."""
    return report(cast, ["CCCC-3"], name="vreemd.csv")


@pytest.fixture
def alert(file: ProviderFile) -> Alert:
    """The alert about that file."""
    return Alert.objects.get()


@pytest.fixture
def free(hand_outs: list[HandOut]) -> Voucher:
    """A code in stock."""
    return Voucher.objects.free()[0]


def text(client: Client, name: str, *args: object, query: str = "") -> str:
    """The text of a page; never a code, a password or a reference."""
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    said = response.content.decode()
    for secret in ("AAAA", "BBBB", "CCCC", "DDDD", "pw-", *REFERENCES):
        assert secret not in said
    return said


# Alerts


def test_an_alert_stands_on_the_start_page_and_in_the_list(client: Client, alert: Alert) -> None:
    home = client.get(reverse("home"))
    task = home.context["waiting"][0]
    assert (task.count, task.url) == (1, reverse("ministry_alerts"))
    assert reverse("ministry_alert", args=[alert.pk]) in text(client, "ministry_alerts")


def test_an_alert_says_what_to_do_and_where_to_look(client: Client, alert: Alert) -> None:
    said = text(client, "ministry_alert", alert.pk)
    assert "1 code in gebruik gemeld die niemand heeft" in said
    assert "Vraag de provider of deze codes echt in gebruik zijn." in said
    rows = reverse("ministry_file", args=[alert.file_id]) + "?uitkomst=NOT_HANDED_OUT#rijen"
    assert f'href="{rows}"' in said


def test_an_alert_about_codes_leads_to_their_pages(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    alert = Alert.objects.create(
        kind=AlertKind.SEEN_OFTEN,
        organisation=cast.school,
        request=hand_outs[0].line.request,
        data={"codes": 1, "times": 6, "people": 1, "vouchers": [hand_outs[0].voucher_id]},
        raised_at=NOW,
    )
    code = reverse("ministry_code", args=[hand_outs[0].voucher_id])
    assert f'href="{code}"' in text(client, "ministry_alert", alert.pk)


@pytest.mark.parametrize("kind", AlertKind.values)
def test_every_kind_of_alert_can_be_read(cast: Cast, client: Client, kind: str) -> None:
    data = {
        "codes": 21,
        "held": 2,
        "times": 6,
        "people": 2,
        "days": 4,
        "night": "2020-03-20",
        "organisations": 11,
        "by": [cast.administrator.pk],
        "seal": 21,
        "since": LATER.isoformat(),
        "addresses": 21,
        "names": 11,
        "before": "https://oud.example/21",
        "after": "https://nieuw.example/21",
    }
    alert = Alert.objects.create(
        kind=kind,
        about=cast.coordinator,
        organisation=cast.school,
        provider=cast.provider,
        data=data,
        raised_at=NOW,
    )
    said = text(client, "ministry_alert", alert.pk)
    shown = {"MANY_ORGANISATIONS": "11", "INVITED_OFTEN": "2"}.get(kind, "21")
    assert shown in said
    assert said.count("<h1>") == 1


def test_an_alert_is_handled_with_a_note_and_opened_again(client: Client, alert: Alert) -> None:
    handle = reverse("ministry_alert_handle", args=[alert.pk])
    assert "afhandelen?" in client.get(handle).content.decode()
    empty = confirm(client, handle, reason=" ")
    assert "Schrijf in enkele woorden" in empty.content.decode()
    done = answer(client, empty, reason="Telenet zoekt het uit.")
    assert done.redirect_chain == [(reverse("ministry_alerts"), 302)]
    reopen = reverse("ministry_alert_reopen", args=[alert.pk])
    assert f'<a href="{reopen}">Ongedaan maken</a>' in done.content.decode()
    assert Alert.objects.get().note == "Telenet zoekt het uit."
    assert "Telenet zoekt het uit." in text(client, "ministry_alert", alert.pk)
    confirm(client, reopen)
    assert Alert.objects.get().is_open


def test_a_note_with_a_national_number_is_refused_beside_its_field(
    client: Client, alert: Alert
) -> None:
    handle = reverse("ministry_alert_handle", args=[alert.pk])
    refused = confirm(client, handle, reason="85.07.30-033.28")
    assert "rijksregisternummer" in refused.context["form"].errors["reason"][0]


def test_beside_the_books_stands_that_the_chain_of_seals_is_broken(
    cast: Cast, client: Client
) -> None:
    url = reverse("ministry_balance")
    assert "alerts_of_seals" in client.get(url).context
    assert "zegel 12" not in client.get(url).text
    broken = Alert.objects.create(kind=AlertKind.SEAL_BROKEN, data={"seal": 12}, raised_at=NOW)
    data = {"since": NOW.isoformat()}
    stopped = Alert.objects.create(kind=AlertKind.SEALING_STOPPED, data=data, raised_at=NOW)
    page = client.get(url).text
    assert "Het logboek klopt niet meer bij zegel 12" in page
    assert "wordt niet meer verzegeld sinds 20/03/2020" in page
    assert reverse("ministry_alert", args=[broken.pk]) in page
    assert "het logboek" in text(client, "ministry_alerts")
    for each in (broken, stopped):
        assert "Verwittig" in text(client, "ministry_alert", each.pk)
        alerts.handle(alert=each, note="Nagekeken.", by=cast.officer, now=LATER)
    assert "zegel 12" not in client.get(url).text


def test_who_an_alert_is_about_has_no_button(cast: Cast, client: Client) -> None:
    own = Alert.objects.create(
        kind=AlertKind.LOOKED_UP_OFTEN, about=cast.officer, data={"codes": 11}, raised_at=NOW
    )
    said = text(client, "ministry_alert", own.pk)
    assert "gaat over jou" in said
    assert "afhandelen/" not in said
    sent = {"reason": "Niets.", "confirmed": "x"}
    turned_away = client.post(reverse("ministry_alert_handle", args=[own.pk]), sent)
    assert turned_away.headers["Location"] == reverse("ministry_alert", args=[own.pk])
    assert Alert.objects.get().is_open


def test_the_list_shows_what_waits_unless_asked_otherwise(
    cast: Cast, client: Client, alert: Alert
) -> None:
    alerts.handle(alert=alert, note="Gebeld.", by=cast.officer, now=LATER)
    shown = {
        query: len(client.get(reverse("ministry_alerts") + query).context["rows"])
        for query in (
            "",
            "?staat=afgehandeld",
            "?staat=niet-meer-zo",
            "?staat=alle",
            "?staat=onzin",
            "?staat=alle&soort=SEEN_OFTEN",
            "?staat=alle&zoek=vreemd",
            "?staat=alle&zoek=G1-1",
        )
    }
    assert list(shown.values()) == [0, 1, 0, 1, 0, 0, 1, 0]
    assert "Er is niets om te bekijken." in text(client, "ministry_alerts")
    assert "past bij deze filters" in text(client, "ministry_alerts", query="?staat=niet-meer-zo")


def test_alerts_are_found_by_person_organisation_and_request(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    request = hand_outs[0].line.request
    Alert.objects.create(
        kind=AlertKind.SEEN_AT_NIGHT,
        about=cast.coordinator,
        organisation=cast.school,
        request=request,
        data={"codes": 21, "night": "2020-03-20"},
        raised_at=NOW,
    )
    for asked in ("karin", "own@example.org", cast.school.number, request.label):
        response = client.get(reverse("ministry_alerts"), {"zoek": asked})
        assert len(response.context["rows"]) == 1, asked


# One code


def test_a_row_of_a_file_leads_the_ministry_to_its_code(
    cast: Cast, client: Client, as_user: SignIn, file: ProviderFile
) -> None:
    code = reverse("ministry_code", args=[Voucher.objects.held().get().pk])
    rows = "?uitkomst=NOT_HANDED_OUT"
    assert f'href="{code}"' in text(client, "ministry_file", file.pk, query=rows)
    assert "/codes/" not in text(as_user(cast.provider_user), "provider_file", file.pk, query=rows)


def test_a_code_says_where_it_is_and_who_saw_it(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    said = text(client, "ministry_code", hand_outs[0].voucher_id)
    for part in ("Uitgereikt", "12/03/2020", "14/03/2020", "Karin Eigen", str(cast.school)):
        assert part in said
    assert hand_outs[0].line.request.label in said
    assert "vasthouden/" not in said


def test_a_code_is_held_with_a_reason_and_let_go(client: Client, free: Voucher) -> None:
    page = reverse("ministry_code", args=[free.pk])
    hold = reverse("ministry_code_hold", args=[free.pk])
    assert f'href="{hold}"' in text(client, "ministry_code", free.pk)
    empty = confirm(client, hold, reason="")
    assert "Zeg in enkele woorden waarom." in empty.content.decode()
    done = answer(client, empty, reason="Een klacht.")
    assert done.redirect_chain == [(page, 302)]
    assert "Een klacht." in text(client, "ministry_code", free.pk)
    assert "Een klacht." in text(client, "ministry_pool_held", free.pool_id)
    release = reverse("ministry_code_release", args=[free.pk])
    assert f'<a href="{release}">Ongedaan maken</a>' in done.content.decode()
    confirm(client, release, reason="Nagekeken.")
    free.refresh_from_db()
    assert free.state == VoucherState.AVAILABLE
    assert "Er wordt geen code vastgehouden." in text(client, "ministry_pool_held", free.pool_id)


def test_letting_go_what_a_provider_reported_warns(client: Client, file: ProviderFile) -> None:
    held = Voucher.objects.held().get()
    asked = client.get(reverse("ministry_code_release", args=[held.pk])).content.decode()
    assert "anders krijgt een gezin een gebruikte code" in asked
    assert "In gebruik gemeld in vreemd.csv" in text(client, "ministry_pool_held", held.pool_id)


def test_a_code_that_is_out_cannot_be_held_and_the_page_says_why(
    client: Client, hand_outs: list[HandOut]
) -> None:
    url = reverse("ministry_code_hold", args=[hand_outs[0].voucher_id])
    answer = client.post(url, {"reason": "Een klacht."}, follow=True)
    assert "maak ze dan ongeldig of vervang ze" in answer.content.decode()
    assert Holding.objects.count() == 0


def test_a_reason_with_a_birthday_is_refused_beside_its_field(
    client: Client, free: Voucher
) -> None:
    url = reverse("ministry_code_hold", args=[free.pk])
    refused = confirm(client, url, reason="Leerling geboren 3/4/2010")
    assert "geboortedatum" in refused.context["form"].errors["reason"][0]


# Looking up


def test_a_code_read_out_on_the_telephone_leads_to_its_page(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    answer = client.post(
        reverse("ministry_code_lookup"), {"provider": cast.provider.pk, "code": "aaaa 1"}
    )
    assert answer.headers["Location"] == reverse("ministry_code", args=[hand_outs[0].voucher_id])
    assert CodeLookup.objects.get().looked_up_by == cast.officer
    assert "Opgezocht" in text(client, "ministry_code", hand_outs[0].voucher_id)


def test_what_was_typed_does_not_come_back_and_is_nowhere_kept(
    cast: Cast, client: Client, hand_outs: list[HandOut], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = client.post(
            reverse("ministry_code_lookup"), {"provider": cast.provider.pk, "code": "ZZZZ-9"}
        )
    assert "We kennen deze code niet" in answer.content.decode()
    assert "ZZZZ" not in answer.content.decode()
    assert "ZZZZ" not in caplog.text
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_was_typed_after_a_session_ended_is_not_kept(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    """Other forms are restored after signing in again; this one is not."""
    client.get(reverse("home"))
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    asked = {"provider": cast.provider.pk, "code": "AAAA-1"}
    assert client.post(reverse("ministry_code_lookup"), asked).status_code == 302
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert "AAAA-1" not in str(kept)


def test_too_many_look_ups_are_refused_with_a_sentence(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    CodeLookup.objects.bulk_create(
        CodeLookup(
            provider=cast.provider, looked_up_at=at(date(2100, 1, 1)), looked_up_by=cast.officer
        )
        for _ in range(30)
    )
    answer = client.post(
        reverse("ministry_code_lookup"), {"provider": cast.provider.pk, "code": "AAAA-1"}
    )
    assert "Meer kan niet: probeer later opnieuw." in answer.content.decode()


# Who saw codes


def test_reveals_are_listed_a_row_each_time(
    cast: Cast, client: Client, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    reveals.reveal(hand_outs=[hand_outs[0].pk], by=cast.coordinator, now=at(date(2020, 3, 13)))
    pages = [
        (client, "ministry_person_reveals", [cast.coordinator.pk]),
        (client, "ministry_organisation_reveals", [cast.school.pk]),
        (as_user(cast.coordinator), "own_reveals", []),
    ]
    for browser, name, args in pages:
        said = text(browser, name, *args)
        response = browser.get(reverse(name, args=args))
        turns = response.context["page"].object_list
        assert [(turn["person"], turn["codes"]) for turn in turns] == [
            (cast.coordinator, 1),
            (cast.coordinator, 2),
        ], name
        assert hand_outs[0].line.request.label in said


def test_reveals_are_found_by_day_and_way(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    url = reverse("ministry_person_reveals", args=[cast.coordinator.pk])
    found = {
        query: len(client.get(url + query).context["page"].object_list)
        for query in ("", "?dag=12/03/2020", "?dag=13/03/2020", "?hoe=LETTER", "?hoe=PAGE")
    }
    assert list(found.values()) == [1, 1, 0, 1, 0]
    assert "Niets past bij deze filters." in text(
        client, "ministry_person_reveals", cast.coordinator.pk, query="?hoe=PAGE"
    )


def test_a_coordinator_sees_only_who_looked_for_their_own_organisation(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    browser = as_user(cast.other_coordinator)
    assert "Nog niemand bekeek een code." in text(browser, "own_reveals")
    Membership.objects.create(user=cast.other_coordinator, organisation=cast.school)
    assert "Karin Eigen" in text(browser, "own_reveals")


def test_the_pages_of_people_and_organisations_lead_to_the_lists(
    cast: Cast, client: Client, as_user: SignIn
) -> None:
    person, organisation = cast.coordinator.pk, cast.school.pk
    assert reverse("ministry_person_reveals", args=[person]) in text(
        client, "ministry_person", person
    )
    assert reverse("ministry_organisation_reveals", args=[organisation]) in text(
        client, "ministry_organisation", organisation
    )
    assert reverse("own_reveals") in text(as_user(cast.coordinator), "my_organisation")


def test_a_pool_with_held_codes_leads_to_them(cast: Cast, client: Client, free: Voucher) -> None:
    held = reverse("ministry_pool_held", args=[cast.pool.pk])
    assert held not in text(client, "ministry_pool", cast.pool.pk)
    holding.hold(voucher=free, reason="Een klacht.", by=cast.officer, now=NOW)
    assert held in text(client, "ministry_pool", cast.pool.pk)


@pytest.mark.parametrize(
    "name", ["ministry_alert", "ministry_code", "ministry_pool_held", "ministry_person_reveals"]
)
def test_what_does_not_exist_is_not_found(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[999_999])).status_code == 404


def test_every_kind_of_alert_has_its_texts() -> None:
    assert set(alert_texts.SAID) == set(AlertKind)

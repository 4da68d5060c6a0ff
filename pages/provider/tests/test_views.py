"""The provider's pages: what they say, who may see them, what they change."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from pages.provider import provider_tasks
from vouchers.actions.files import provider_files
from vouchers.actions.life import renewals
from vouchers.actions.upkeep import jobs
from vouchers.models import Activation, HandOut, Job, ProviderFile, Renewal, Reveal
from vouchers.states import FileKind, FileState, JobState, RenewalState
from vouchers.tests.factories import (
    activation_csv,
    at,
    code_of,
    handed_out,
    load_codes,
    report_activations,
)

TODAY = timezone.localdate()
DAY = date(2020, 4, 10)
NOW = at(date(2020, 4, 15))
LISTS = ["provider_files", "provider_file_new", "provider_renewals", "provider_pools"]


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Three codes with three pupils since 11 March 2020."""
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3"])
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=3
    )


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.provider_user)


def receive(cast: Cast, content: bytes | None = None, name: str = "week-15.csv") -> ProviderFile:
    """A file of the own provider that was not checked yet."""
    return provider_files.receive(
        kind=FileKind.ACTIVATIONS,
        provider=cast.provider,
        name=name,
        by=cast.provider_user,
        content=content or activation_csv([("AB-1", DAY), ("NIET-1", DAY)]),
        now=NOW,
        complete_until=DAY,
    ).file


def checked(cast: Cast, content: bytes | None = None) -> ProviderFile:
    """The same, checked."""
    return provider_files.check(file=receive(cast, content), now=NOW)


def applied(cast: Cast) -> ProviderFile:
    """The same, applied."""
    file = checked(cast)
    provider_files.apply(file=file, by=cast.provider_user, now=NOW)
    file.refresh_from_db()
    return file


def upload(content: bytes, name: str = "week-15.csv", day: str = "14/04/2020") -> dict[str, Any]:
    """What the form sends."""
    return {"complete_until": day, "file": SimpleUploadedFile(name, content, "text/csv")}


def page(client: Client, name: str, *args: object, **data: Any) -> str:
    """The text of a page that answers 200."""
    response = client.get(reverse(name, args=args), data)
    assert response.status_code == 200
    return response.content.decode()


def file_page(client: Client, file: ProviderFile, **data: Any) -> str:
    return page(client, "provider_file", file.pk, **data)


def refresh(file: ProviderFile) -> ProviderFile:
    file.refresh_from_db()
    return file


# Uploading a file


def test_a_file_is_kept_and_its_check_waits_as_a_job(cast: Cast, client: Client) -> None:
    response = client.post(reverse("provider_file_new"), upload(b"code;datum\nAB-1;10/04/2020\n"))
    file = ProviderFile.objects.get()
    assert response.headers["Location"] == reverse("provider_file", args=[file.pk])
    assert (file.name, file.complete_until, file.provider, file.uploaded_by) == (
        "week-15.csv",
        date(2020, 4, 14),
        cast.provider,
        cast.provider_user,
    )
    assert list(Job.objects.values_list("kind", "state", "file", "created_by")) == [
        (Job.Kind.CHECK_FILE, JobState.QUEUED, file.pk, cast.provider_user.pk)
    ]
    text = file_page(client, file)
    assert "Het bestand staat klaar om nagekeken te worden…" in text
    assert f'hx-get="{reverse("job_progress", args=[Job.objects.get().pk])}"' in text


def test_the_same_file_again_says_so_and_changes_nothing(cast: Cast, client: Client) -> None:
    file = applied(cast)
    response = client.post(
        reverse("provider_file_new"),
        upload(activation_csv([("AB-1", DAY), ("NIET-1", DAY)]), name="kopie.csv"),
        follow=True,
    )
    assert response.redirect_chain == [(reverse("provider_file", args=[file.pk]), 302)]
    assert (
        "Dit bestand kennen we al: geladen op 15 april 2020 als week-15.csv. Er verandert niets."
        in response.content.decode()
    )
    assert (ProviderFile.objects.count(), Job.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "Kies het bestand met de activaties."),
        (upload(b""), "Dit bestand is leeg. Kies het bestand met de lijst."),
        (upload(b"x", day=""), "Vul de peildatum in."),
        (upload(b"x", day="31/02/2020"), "Dit is geen dag."),
        (  # two days on, as midnight may pass between reading this file and running the test
            upload(b"x", day=f"{TODAY + timedelta(days=2):%d/%m/%Y}"),
            "De peildatum ligt in de toekomst. Kies vandaag of een dag ervoor.",
        ),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    cast: Cast, client: Client, data: dict[str, Any], sentence: str
) -> None:
    for part in data.values():
        if isinstance(part, SimpleUploadedFile):
            part.seek(0)
    response = client.post(reverse("provider_file_new"), data)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert ProviderFile.objects.count() == 0


def test_more_than_twenty_megabytes_is_refused_and_the_day_is_kept(
    cast: Cast, client: Client
) -> None:
    response = client.post(reverse("provider_file_new"), upload(b"x" * (21 * 1024 * 1024)))
    text = response.content.decode()
    assert response.status_code == 200
    assert "Dit bestand is groter dan 20 MB en is daarom niet gelezen." in text
    assert "Kies het bestand met de activaties." not in text
    assert 'value="14/04/2020"' in text
    assert "(optioneel)" not in text
    assert ProviderFile.objects.count() == 0


def test_the_example_is_refused_by_content_when_it_is_left_in(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    template = client.get(reverse("provider_file_template")).getvalue()
    file = checked(cast, template + b"AB-1;10/04/2020\r\n")
    assert list(file.rows.order_by("line").values_list("outcome", "detail")) == [
        ("BAD_ROW", "Dit is de voorbeeldrij uit onze uitleg. Laat ze weg."),
        ("NEW", ""),
    ]


# A file's page


def test_what_applying_does_is_said_before(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    text = file_page(client, checked(cast))
    for sentence in (
        "1 nieuwe activatie telt mee.",
        "We noteren dat je alles meldde tot en met 10 april 2020.",
        "1 rij wordt overgeslagen. Hieronder staat waarom.",
        "Geactiveerd op 10 april 2020.",
        "We kennen deze code niet. Kijk ze na; klopt ze, meld het dan aan het ministerie.",
    ):
        assert sentence in text


def test_activations_after_the_reference_day_are_pointed_out(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    file = checked(cast, activation_csv([("AB-1", date(2020, 4, 12))]))
    assert (
        "1 activatie is van na 10 april 2020. Ze telt mee; kijk na of je peildatum klopt."
        in file_page(client, file)
    )


def test_an_earlier_day_than_already_reported_changes_nothing_of_it(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    report_activations(hand_outs, on=date(2020, 4, 20), by=cast.provider_user)
    text = file_page(client, checked(cast, activation_csv([(code_of(hand_outs[0]), "10/04/2020")])))
    assert "Je meldde al alles tot en met 20 april 2020; dat blijft zo." in text
    assert "We noteren dat je alles meldde" not in text


def test_a_file_of_known_activations_says_that_nothing_was_added(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    report_activations(hand_outs[:1], on=date(2020, 4, 10), by=cast.provider_user)
    file = checked(cast, activation_csv([(code_of(hand_outs[0]), "10/04/2020")]))
    provider_files.apply(file=file, by=cast.provider_user, now=NOW)
    assert "Er kwam niets bij: deze activatie was al gemeld." in file_page(client, file)


def test_rows_are_filtered_by_outcome(cast: Cast, client: Client, hand_outs: list[HandOut]) -> None:
    file = checked(cast)
    text = file_page(client, file, uitkomst="UNKNOWN_CODE")
    assert "Geactiveerd op 10 april 2020." not in text
    assert "We kennen deze code niet." in text
    assert file_page(client, file, uitkomst="ONZIN").count('<th scope="row"') == 2


def test_applying_is_a_job_and_the_worker_does_it(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    file = checked(cast)
    client.post(reverse("provider_file_apply", args=[file.pk]))
    client.post(reverse("provider_file_apply", args=[file.pk]))
    job = Job.objects.get()
    assert "We passen het bestand toe…" in file_page(client, file)
    jobs.run(job_id=job.pk, worker="w:1", now=NOW)
    text = file_page(client, file)
    assert "Dit bestand is toegepast. 1 nieuwe activatie telt mee." in text
    assert "Toegepast op 15 april 2020" in text
    assert Activation.objects.count() == 1


def test_a_failed_check_says_why_and_can_be_tried_again(cast: Cast, client: Client) -> None:
    file = receive(cast)
    kept = file.key_id
    job = jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=file, by=cast.provider_user, now=NOW)
    ProviderFile.objects.filter(pk=file.pk).update(key_id="weg", content=b"weg")
    jobs.run(job_id=job.pk, worker="w:1", now=NOW)
    assert "Er ging iets mis aan onze kant." in file_page(client, file)
    for text in (file_page(client, file), page(client, "provider_files")):
        assert "Nakijken mislukt" in text
    ProviderFile.objects.filter(pk=file.pk).update(key_id=kept, content=file.content)
    response = client.post(reverse("job_retry", args=[job.pk]))
    assert response.headers["Location"] == reverse("provider_file", args=[file.pk])
    assert jobs.run(job_id=job.pk, worker="w:1", now=NOW)
    assert refresh(file).state == FileState.CHECKED


def test_a_refused_file_says_why_and_what_to_do(cast: Cast, client: Client) -> None:
    file = checked(cast, b"nummer;dag\n1;2\n")
    text = file_page(client, file)
    assert (
        "We vinden de kolommen &#x27;code&#x27;, &#x27;datum&#x27; niet in dit bestand. "
        "Deze kolommen staan er wel in: &#x27;nummer&#x27;, &#x27;dag&#x27;." in text
    )
    assert "Kies een ander bestand" in text
    assert "Toepassen</button>" not in text


def test_a_file_laid_aside(cast: Cast, client: Client) -> None:
    file = checked(cast)
    client.post(reverse("provider_file_discard", args=[file.pk]))
    assert refresh(file).state == FileState.REFUSED


def test_undoing_asks_first_and_then_takes_back(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    file = applied(cast)
    asked = client.get(reverse("provider_file_undo", args=[file.pk]))
    question = asked.content.decode()
    assert "week-15.csv ongedaan maken?" in question
    assert "1 activatie telt vanaf nu niet meer mee." in question
    assert Activation.objects.standing().count() == 1
    response = answer(client, asked)
    assert "1 activatie telt niet meer mee." in response.content.decode()
    assert Activation.objects.standing().count() == 0
    again = answer(client, asked)
    assert "Alleen een toegepast bestand" in again.content.decode()


def test_what_cannot_be_undone_is_not_asked(cast: Cast, client: Client) -> None:
    file = checked(cast)
    response = client.get(reverse("provider_file_undo", args=[file.pk]), follow=True)
    assert response.redirect_chain == [(reverse("provider_file", args=[file.pk]), 302)]
    assert "Alleen een toegepast bestand" in response.content.decode()


def test_the_outcomes_as_csv_hold_no_code_and_no_formula(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    response = client.get(reverse("provider_file_rows", args=[checked(cast).pk]))
    assert response.getvalue().decode() == (
        "\ufeffregel;uitkomst;uitleg;datum\r\n"
        "2;nieuw;;10/04/2020\r\n"
        "3;code niet gevonden;We kennen deze code niet. Kijk ze na; klopt ze, meld het dan aan "
        "het ministerie.;\r\n".replace("We kennen", '"We kennen').replace(
            "ministerie.", 'ministerie."'
        )
    )


def test_what_stands_in_a_file_is_never_html(cast: Cast, client: Client) -> None:
    name = "<script>alert(1)</script>.csv"
    content = b"code;datum;<script>alert(2)</script>\n<b>x</b>;<i>y</i>;z\n"
    file = provider_files.check(file=receive(cast, content, name), now=NOW)
    assert file.name == "script>.csv"
    for text in (file_page(client, file), page(client, "provider_files")):
        assert "<script>alert" not in text
        assert "<b>x" not in text
        assert "<i>y" not in text


def test_progress_leads_to_the_file_when_it_ended(cast: Cast, client: Client) -> None:
    file = receive(cast)
    job = jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=file, by=cast.provider_user, now=NOW)
    Job.objects.filter(pk=job.pk).update(done=400, total=1200)
    text = page(client, "job_progress", job.pk)
    assert "Rij 400 van 1.200 nagekeken…" in text
    assert 'value="33"' in text
    jobs.run(job_id=job.pk, worker="w:1", now=NOW)
    here = reverse("provider_file", args=[file.pk])
    assert here in page(client, "job_progress", job.pk)
    response = client.get(reverse("job_progress", args=[job.pk]), headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == here


# Renewals


def asked(cast: Cast, hand_outs: list[HandOut]) -> list[int]:
    """The school requests renewal of these codes, all in use; the ids of the renewals."""
    report_activations(hand_outs, on=DAY, by=cast.provider_user)
    renewals.ask(
        hand_outs=[each.pk for each in hand_outs], by=cast.coordinator, now=at(date(2020, 6, 2))
    )
    return list(Renewal.objects.order_by("pk").values_list("pk", flat=True))


def test_the_list_holds_the_codes_is_recorded_and_kept_by_nobody(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, _second, _third = asked(cast, hand_outs)
    assert "3 nieuwe verlengingen wachten op jullie." in page(client, "provider_renewals")
    response = client.post(reverse("provider_renewals_list"))
    assert response["Cache-Control"] == "no-store"
    lines = response.getvalue().decode().splitlines()
    assert lines[0] == "\ufeffnummer;code;voorraad;gevraagd op;geldig tot en met"
    assert lines[1] == f"{first};{code_of(hand_outs[0])};maart;02/06/2020;30/06/2020"
    assert (len(lines), Reveal.objects.count()) == (4, 3)
    text = page(client, "provider_renewals")
    assert "3 verlengingen opgehaald" in text
    assert "AB-1" not in text


def lose_keys(hand_outs: list[HandOut]) -> None:
    """The key of these codes is no longer in the ring."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_voucher SET key_id = 'weg', secret = secret || 'x' WHERE id = ANY(%s)",
            [[each.voucher_id for each in hand_outs]],
        )


def test_a_code_that_cannot_be_read_is_told_after_the_list(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    asked(cast, hand_outs)
    lose_keys(hand_outs[:1])
    response = client.post(reverse("provider_renewals_list"))
    assert len(response.getvalue().decode().splitlines()) == 3
    assert "1 code konden we niet lezen: ze staat niet op de lijst." in page(
        client, "provider_renewals"
    )


def test_a_list_of_which_no_code_can_be_read_is_no_list(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    asked(cast, hand_outs)
    lose_keys(hand_outs)
    response = client.post(reverse("provider_renewals_list"), follow=True)
    assert response.redirect_chain == [(reverse("provider_renewals"), 302)]
    assert "3 codes konden we niet lezen" in response.content.decode()
    assert Reveal.objects.count() == 0


def test_a_code_that_looks_like_a_formula_does_not_run(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["=cmd|' /C calc'!A0"])
    found = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    asked(cast, found)
    listed = client.post(reverse("provider_renewals_list")).getvalue().decode()
    assert ";'=cmd|' /C calc'!A0;" in listed


def test_ticked_renewals_are_confirmed_after_asking_the_days(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, second, third = asked(cast, hand_outs)
    client.post(reverse("provider_renewals_list"))
    url = reverse("provider_renewals_confirm")
    chosen = {"selected": [first, second], "action": "confirm"}
    question = client.post(url, chosen)
    assert question.context["title"] == "2 verlengingen bevestigen?"
    assert dict(question.context["fields"])["ids"] == f"{first},{second}"
    response = answer(client, question, on=f"{TODAY:%d/%m/%Y}", valid_until="30/06/2031")
    assert "2 verlengingen zijn bevestigd." in response.content.decode()
    assert list(Renewal.objects.order_by("pk").values_list("state", "valid_until")) == [
        (RenewalState.CONFIRMED, date(2031, 6, 30)),
        (RenewalState.CONFIRMED, date(2031, 6, 30)),
        (RenewalState.SENT, None),
    ]
    assert third


def test_all_renewals_are_those_that_were_shown(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, second = asked(cast, hand_outs[:2])
    client.post(reverse("provider_renewals_list"))
    url = reverse("provider_renewals_confirm")
    question = client.post(url, {"everything": "1", "action": "confirm"})
    assert question.context["title"] == "2 verlengingen bevestigen?"
    (later,) = set(asked(cast, hand_outs[2:])) - {first, second}
    client.post(reverse("provider_renewals_list"))
    answer(client, question, on=f"{TODAY:%d/%m/%Y}", valid_until="30/06/2031")
    assert set(Renewal.objects.values_list("pk", "state")) == {
        (first, RenewalState.CONFIRMED),
        (second, RenewalState.CONFIRMED),
        (later, RenewalState.SENT),
    }


def test_a_day_that_cannot_be_right_stands_beside_its_field(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, *_rest = asked(cast, hand_outs)
    client.post(reverse("provider_renewals_list"))
    response = confirm(
        client,
        reverse("provider_renewals_confirm"),
        {"selected": [first], "action": "confirm"},
        on=f"{TODAY:%d/%m/%Y}",
        valid_until="30/06/2020",
    )
    text = response.content.decode()
    assert "Minstens één van deze codes is al geldig tot en met 30 juni 2020." in text
    assert 'value="30/06/2020"' in text
    assert f'name="ids" value="{first}"' in text


def test_renewals_are_refused_with_a_reason(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, *_rest = asked(cast, hand_outs)
    client.post(reverse("provider_renewals_list"))
    url = reverse("provider_renewals_confirm")
    chosen = {"selected": [first], "action": "refuse"}
    empty = confirm(client, url, chosen, reason="")
    assert "Zeg waarom" in empty.content.decode()
    answer(client, empty, reason="Account bestaat niet meer.")
    refused = Renewal.objects.get(pk=first)
    assert (refused.state, refused.reason) == (
        RenewalState.REFUSED,
        "Account bestaat niet meer.",
    )


def test_a_reason_with_a_national_number_is_refused_beside_its_field(
    cast: Cast, client: Client, hand_outs: list[HandOut]
) -> None:
    first, *_rest = asked(cast, hand_outs)
    client.post(reverse("provider_renewals_list"))
    response = confirm(
        client,
        reverse("provider_renewals_confirm"),
        {"selected": [first], "action": "refuse"},
        reason="Dit is van 93.05.18-223.61.",
    )
    (error,) = response.context["form"].errors["reason"]
    assert error.startswith("In deze tekst staat een rijksregisternummer.")
    assert Renewal.objects.filter(state=RenewalState.SENT).count() == 3


def test_nothing_ticked_says_so(cast: Cast, client: Client) -> None:
    response = client.post(reverse("provider_renewals_confirm"), {"action": "confirm"}, follow=True)
    assert "Kies eerst welke verlengingen je bedoelt." in response.content.decode()


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 40, "9" * 5000, "²"])
def test_nonsense_chosen_is_nothing_chosen(
    cast: Cast, client: Client, hand_outs: list[HandOut], nonsense: str
) -> None:
    asked(cast, hand_outs)
    client.post(reverse("provider_renewals_list"))
    for data in ({"selected": [nonsense]}, {"confirmed": "x", "ids": nonsense}):
        response = client.post(reverse("provider_renewals_confirm"), {"action": "confirm"} | data)
        assert response.status_code == 302
    assert Renewal.objects.filter(state=RenewalState.SENT).count() == 3


# Stock and tasks


def test_the_stock_in_numbers(cast: Cast, client: Client, hand_outs: list[HandOut]) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    text = page(client, "provider_pools")
    assert 'data-label="Geladen">5<' in text
    assert 'data-label="Beschikbaar">2<' in text
    assert 'data-label="Bij leerlingen">3<' in text
    assert text.count('<th scope="row"') == 1


def test_tasks_count_what_waits(cast: Cast, hand_outs: list[HandOut]) -> None:
    def counts() -> list[int | None]:
        return [task.count for task in provider_tasks(cast.provider_user, date(2020, 6, 5))]

    assert counts() == [0, 0, 0, 0, None]
    asked(cast, hand_outs)
    checked(cast)
    assert counts() == [3, 0, 1, 0, None]
    first = provider_tasks(cast.provider_user, date(2020, 6, 5))[0]
    assert first.since == "oudste: 3 dagen"
    renewals.take_list(provider=cast.provider, by=cast.provider_user, now=at(date(2020, 6, 3)))
    assert counts() == [0, 3, 1, 0, None]
    assert [t.count for t in provider_tasks(cast.other_provider_user, TODAY)] == [0, 0, 0, 0, None]


# Access


@pytest.mark.parametrize("who", ["coordinator", "officer", "administrator"])
@pytest.mark.parametrize("name", [*LISTS, "provider_file_template"])
def test_these_pages_are_for_providers(cast: Cast, as_user: SignIn, name: str, who: str) -> None:
    assert as_user(getattr(cast, who)).get(reverse(name)).status_code == 403


FILE_PAGES: list[tuple[str, str]] = [
    ("get", "provider_file"),
    ("get", "provider_file_rows"),
    ("get", "provider_file_undo"),
    ("post", "provider_file_undo"),
    ("post", "provider_file_apply"),
    ("post", "provider_file_discard"),
]


@pytest.mark.parametrize(("method", "name"), FILE_PAGES)
def test_a_file_of_another_provider_is_not_there(
    cast: Cast, as_user: SignIn, method: str, name: str
) -> None:
    file = checked(cast)
    other = as_user(cast.other_provider_user)
    ask: Callable[[str], Any] = getattr(other, method)
    assert ask(reverse(name, args=[file.pk])).status_code == 404
    assert as_user(cast.coordinator).get(reverse(name, args=[file.pk])).status_code == 403
    assert refresh(file).state == FileState.CHECKED


def test_a_file_with_codes_is_not_on_the_providers_pages(cast: Cast, client: Client) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=1)
    assert client.get(reverse("provider_file", args=[file.pk])).status_code == 404
    assert "codes.csv" not in page(client, "provider_files")


def test_a_job_of_another_provider_is_not_there(cast: Cast, as_user: SignIn) -> None:
    job = jobs.enqueue(kind=Job.Kind.CHECK_FILE, file=receive(cast), by=cast.provider_user, now=NOW)
    here = reverse("job_progress", args=[job.pk])
    again = reverse("job_retry", args=[job.pk])
    assert as_user(cast.other_provider_user).get(here).status_code == 404
    assert as_user(cast.other_provider_user).post(again).status_code == 404
    assert as_user(cast.coordinator).get(here).status_code == 403
    assert as_user(cast.officer).get(here).status_code == 200


def test_renewals_of_another_provider_are_not_confirmed(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    chosen = asked(cast, hand_outs)
    renewals.take_list(provider=cast.provider, by=cast.provider_user, now=NOW)
    other, url = as_user(cast.other_provider_user), reverse("provider_renewals_confirm")
    question = as_user(cast.provider_user).post(url, {"selected": chosen, "action": "confirm"})
    days = {"on": f"{TODAY:%d/%m/%Y}", "valid_until": "30/06/2031"}
    assert other.post(url, {"selected": chosen, "action": "confirm"} | days).status_code == 302
    assert answer(other, question, **days).redirect_chain
    assert Renewal.objects.filter(state=RenewalState.SENT).count() == 3
    assert other.post(reverse("provider_renewals_list")).getvalue().count(b"\n") == 1


@pytest.mark.parametrize("name", ["provider_file_apply", "provider_file_discard", "job_retry"])
def test_a_page_that_changes_something_is_not_read(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[1])).status_code == 405


@pytest.mark.parametrize("name", ["provider_renewals_list", "provider_renewals_confirm"])
def test_a_list_that_changes_something_is_not_read(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 405

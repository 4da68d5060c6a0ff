"""The ministry's pages about files, renewals, the books and the jobs."""

from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.formats import as_moment
from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from history.models import HistoryEvent
from history.seals import seal_all
from history.tests.owner import as_owner
from pages.shared.files import file_state
from vouchers.actions.life import renewals
from vouchers.actions.upkeep import jobs
from vouchers.models import Activation, HandOut, Job, Pool, ProviderFile, Renewal, Voucher
from vouchers.states import FileState, JobState, RenewalRule, RenewalState, VoucherState
from vouchers.tests.factories import (
    at,
    code_csv,
    handed_out,
    load_codes,
    make_pool,
    report_activations,
)

NOW = timezone.now()


@pytest.fixture
def client(cast: Cast, as_user: SignIn) -> Client:
    return as_user(cast.officer)


def sentences(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def load(client: Client, pool: Pool, content: bytes, name: str = "april.csv") -> Any:
    upload = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post(reverse("ministry_load_codes", args=[pool.pk]), {"file": upload})


def work(job: Job) -> None:
    """Do a job as a worker would."""
    assert jobs.run(job_id=job.pk, worker="test", now=NOW)


# Codes


def test_codes_come_from_a_file_to_the_pool(cast: Cast, client: Client) -> None:
    answer = load(client, cast.pool, code_csv(["AA-1", "BB-2"]) + b"\n;leeg\n")
    file = ProviderFile.objects.get()
    page_url = reverse("ministry_file", args=[file.pk])
    assert answer["Location"] == page_url
    assert "voortgang" in client.get(page_url).content.decode()
    work(Job.objects.get())

    page = client.get(page_url)
    assert page.context["happens"] == [
        "2 codes komen in voorraad maart.",
        "1 rij wordt overgeslagen. Hieronder staat waarom.",
    ]
    assert "AA-1" not in page.content.decode()

    client.post(reverse("ministry_file_apply", args=[file.pk]))
    work(Job.objects.get(kind=Job.Kind.APPLY_FILE))
    assert Voucher.objects.filter(pool=cast.pool).count() == 2


def test_the_same_file_again_changes_nothing_and_says_so(cast: Cast, client: Client) -> None:
    load(client, cast.pool, code_csv(["AA-1"]))
    answer = load(client, cast.pool, code_csv(["AA-1"]), name="kopie.csv")
    assert sentences(answer)[0].startswith("Dit bestand kennen we al")
    assert ProviderFile.objects.count() == Job.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "leeg"), (None, "Dit moet je nog invullen.")]
)
def test_no_file_or_an_empty_one_is_refused_beside_the_field(
    cast: Cast, client: Client, content: bytes | None, sentence: str
) -> None:
    if content is None:
        answer = client.post(reverse("ministry_load_codes", args=[cast.pool.pk]))
    else:
        answer = load(client, cast.pool, content)
    assert sentence in answer.context["form"].errors["file"][0]
    assert ProviderFile.objects.count() == 0


def test_a_file_that_is_too_large_is_refused_unread(
    cast: Cast, client: Client, settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = load(client, cast.pool, code_csv([f"C-{n}" for n in range(9000)]))
    assert "groter dan" in answer.context["form"].errors["file"][0]
    assert ProviderFile.objects.count() == 0


def test_more_codes_than_the_agreement_promises_is_said_before(cast: Cast, client: Client) -> None:
    agreement = cast.pool.agreement
    load_codes(cast.pool, by=cast.officer, codes=2)
    load(client, cast.pool, code_csv(["AA-1", "BB-2"]))
    work(Job.objects.get())
    address = reverse("ministry_file", args=[ProviderFile.objects.latest("pk").pk])
    sentence = "de afspraak belooft 3 codes; hiermee worden het er 4."
    for promised, said in ((0, False), (3, True), (4, False)):
        agreement.promised = promised
        agreement.save()
        assert (sentence in client.get(address).text) is said


def test_a_file_of_known_codes_says_that_nothing_was_added(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AA-1", "BB-2"])
    load(client, cast.pool, code_csv(["BB-2", "AA-1"]))
    work(Job.objects.get())
    file = ProviderFile.objects.latest("pk")
    client.post(reverse("ministry_file_apply", args=[file.pk]))
    work(Job.objects.latest("pk"))
    page = client.get(reverse("ministry_file", args=[file.pk])).text
    assert "Er kwam niets bij: de 2 codes waren al geladen." in page
    assert "0 codes" not in page


def test_a_pool_that_is_closed_takes_no_codes(cast: Cast, client: Client) -> None:
    confirm(client, reverse("ministry_pool_close", args=[cast.pool.pk]))
    answer = load(client, cast.pool, code_csv(["AA-1"]))
    assert "is gesloten" in answer.context["form"].errors["file"][0]


def test_a_checked_file_is_laid_aside(cast: Cast, client: Client) -> None:
    load(client, cast.pool, code_csv(["AA-1"]))
    work(Job.objects.get())
    file = ProviderFile.objects.get()
    client.post(reverse("ministry_file_discard", args=[file.pk]))
    file.refresh_from_db()
    assert file.state == FileState.REFUSED
    assert Voucher.objects.count() == 0
    assert file_state(file).text == "Niet toegepast"
    pool_page = client.get(reverse("ministry_pool", args=[cast.pool.pk])).text
    assert "Niet toegepast" in pool_page


@pytest.mark.parametrize("name", ["ministry_file_apply", "ministry_file_discard"])
def test_what_acts_is_not_opened(cast: Cast, client: Client, name: str) -> None:
    file = load_codes(cast.pool, by=cast.officer)
    assert client.get(reverse(name, args=[file.pk])).status_code == 405


def test_the_outcomes_come_as_csv_without_codes(cast: Cast, client: Client) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=["AA-1"])
    answer: Any = client.get(reverse("ministry_file_rows", args=[file.pk]))
    body = b"".join(answer.streaming_content).decode()
    assert "nieuw" in body
    assert "AA-1" not in body


@pytest.fixture
def active(cast: Cast) -> list[HandOut]:
    """Two activated codes of a pool whose renewals the ministry decides on."""
    pool = make_pool(
        cast.provider,
        name="ter beslissing",
        valid_until=date(2020, 12, 31),
        renewal_rule=RenewalRule.BY_OFFICER,
    )
    load_codes(pool, by=cast.officer, codes=5)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    report_activations(found, on=date(2020, 4, 10), by=cast.provider_user)
    return found


def test_a_file_of_activations_is_undone_after_a_question(
    cast: Cast, client: Client, active: list[HandOut]
) -> None:
    file = ProviderFile.objects.latest("pk")
    url = reverse("ministry_file_undo", args=[file.pk])
    page = client.get(url)
    assert page.context["happens"][0] == "2 activaties tellen vanaf nu niet meer mee."
    assert sentences(answer(client, page)) == ["2 activaties tellen niet meer mee."]
    assert Activation.objects.standing().count() == 0
    assert client.post(url).status_code == 302


def test_codes_that_are_handed_out_are_not_taken_back(
    cast: Cast, client: Client, active: list[HandOut]
) -> None:
    file = active[0].voucher.file
    page = client.get(reverse("ministry_file_undo", args=[file.pk]))
    assert page["Location"] == reverse("ministry_file", args=[file.pk])


def test_the_list_of_files_is_filtered(cast: Cast, client: Client, active: list[HandOut]) -> None:
    def listed(address: str) -> list[str]:
        page = client.get(reverse("ministry_files") + address)
        return [file.kind for file, _state in page.context["rows"]]

    assert listed("") == ["ACTIVATIONS", "CODES"]
    assert listed("?soort=CODES") == ["CODES"]
    assert listed("?staat=REFUSED") == []
    assert listed("?staat=onzin") == ["ACTIVATIONS", "CODES"]


# Renewals


@pytest.fixture
def asked(cast: Cast, active: list[HandOut]) -> list[Renewal]:
    """Two renewals that wait for the ministry."""
    renewals.ask(
        hand_outs=[each.pk for each in active], by=cast.coordinator, now=at(date(2020, 9, 14))
    )
    return list(Renewal.objects.order_by("pk"))


def act(client: Client, data: dict[str, Any]) -> Any:
    return client.post(reverse("ministry_renewal_act"), data)


def test_renewals_wait_in_a_list_without_codes_or_references(
    client: Client, asked: list[Renewal]
) -> None:
    page = client.get(reverse("ministry_renewals"))
    assert [(row, day) for row, day in page.context["rows"]] == [
        (each, date(2020, 12, 31)) for each in asked
    ]
    assert asked[0].hand_out.line.reference not in page.content.decode()


def test_ticked_renewals_are_passed_on_after_a_question(
    client: Client, asked: list[Renewal]
) -> None:
    page = act(client, {"selected": [asked[0].pk], "action": "pass"})
    assert page.context["title"] == "1 verlenging doorgeven?"
    assert sentences(answer(client, page)) == [
        "1 verlenging doorgegeven. De provider voert ze nu uit."
    ]
    states = Renewal.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [RenewalState.PASSED, RenewalState.ASKED]


def test_a_refusal_needs_a_reason(client: Client, asked: list[Renewal]) -> None:
    page = act(client, {"everything": "1", "action": "refuse"})
    assert page.context["title"] == "2 verlengingen weigeren?"
    again = answer(client, page)
    assert again.context["form"].errors["reason"] == ["Zeg waarom, zodat de school verder kan."]
    answer(client, again, reason="De afspraak is voorbij.")
    assert set(Renewal.objects.values_list("state", "reason")) == {
        (RenewalState.REFUSED, "De afspraak is voorbij.")
    }


def test_a_reason_with_a_national_number_is_refused_beside_its_field(
    client: Client, asked: list[Renewal]
) -> None:
    question = act(client, {"selected": [asked[0].pk], "action": "refuse"})
    page = answer(client, question, reason="Leerling 93.05.18-223.61 is verhuisd.")
    (error,) = page.context["form"].errors["reason"]
    assert error.startswith("In deze tekst staat een rijksregisternummer.")
    assert dict(page.context["fields"])["ids"] == str(asked[0].pk)
    assert set(Renewal.objects.values_list("state", flat=True)) == {RenewalState.ASKED}


def test_nothing_ticked_goes_back(client: Client, asked: list[Renewal]) -> None:
    assert sentences(act(client, {"action": "pass"})) == ["Kies eerst een of meer verlengingen."]
    assert client.get(reverse("ministry_renewal_act")).status_code == 405


# Books and jobs


def test_the_books_are_shown_with_what_is_off(cast: Cast, client: Client) -> None:
    load_codes(cast.pool, by=cast.officer, codes=3)
    url = reverse("ministry_balance")
    assert "Alles klopt" in client.get(url).content.decode()
    Voucher.objects.filter(slot=1).update(state=VoucherState.OUT)  # with no pupil
    page = client.get(url)
    assert [pool.pool for pool in page.context["off"]] == ["maart"]
    assert "klopt niet" in page.content.decode()


@pytest.mark.as_owner
def test_beside_the_books_stands_when_history_was_sealed(cast: Cast, client: Client) -> None:
    url = reverse("ministry_balance")
    assert "Het logboek is nog niet verzegeld." in client.get(url).content.decode()
    with as_owner():
        long_ago = HistoryEvent.objects.create(
            transaction=1, table="accounts_user", row=1, operation="U", data={}
        )
    seal_all(now=NOW)
    text = client.get(url).content.decode()
    left = HistoryEvent.objects.exclude(pk=long_ago.pk).count()
    assert f"verzegeld op {as_moment(NOW)}. {left} gebeurtenissen sinds" in text


def test_jobs_are_listed_with_who_did_them(cast: Cast, client: Client) -> None:
    load(client, cast.pool, code_csv(["AA-1"]))
    work(Job.objects.get())
    page = client.get(reverse("ministry_jobs"))
    assert [(job.state, job.worker) for job, _about, _text in page.context["rows"]] == [
        (JobState.DONE, "test")
    ]


LISTS = ["ministry_files", "ministry_renewals", "ministry_balance", "ministry_jobs"]


@pytest.mark.parametrize("name", LISTS)
def test_other_roles_have_no_business_here(cast: Cast, as_user: SignIn, name: str) -> None:
    for person in (cast.coordinator, cast.provider_user):
        assert as_user(person).get(reverse(name)).status_code == 403


def test_an_unknown_file_does_not_exist(client: Client) -> None:
    for name in ("file", "file_apply", "file_discard", "file_undo", "file_rows"):
        url = reverse(f"ministry_{name}", args=[404])
        assert {client.get(url).status_code, client.post(url).status_code} <= {404, 405}


def test_check_is_a_real_check(cast: Cast, client: Client) -> None:
    """A file without the required column is refused with a sentence and a way out."""
    load(client, cast.pool, b"naam;pin\nx;1\n")
    work(Job.objects.get())
    file = ProviderFile.objects.get()
    page = client.get(reverse("ministry_file", args=[file.pk])).content.decode()
    assert file.state == FileState.REFUSED
    assert "kolom" in page
    assert reverse("ministry_load_codes", args=[cast.pool.pk]) in page

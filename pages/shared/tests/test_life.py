"""Pages where codes are given back, passed on, replaced or made void."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from vouchers.actions.life import lifecycle, replacements
from vouchers.actions.stock import pools
from vouchers.models import HandOut, Pool, PupilLine, ReplacementAsk, Voucher
from vouchers.states import FileState, LineState, VoidReason, VoucherState
from vouchers.tests.factories import granted_request, handed_out, load_codes, reveal


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes of the own school, printed today, and three more in stock."""
    Pool.objects.filter(pk=cast.pool.pk).update(valid_until=date(2099, 6, 30))
    load_codes(cast.pool, by=cast.officer, codes=5)
    found = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    reveal(found, by=cast.coordinator, now=timezone.now())
    return found


FAMILIES = "?stand=alle"


def ticked(name: str, codes: tuple[HandOut, ...]) -> dict[str, Any]:
    return {"selected": [each.pk for each in codes], "action": name}


def act(client: Client, name: str, *codes: HandOut) -> str:
    """Press a button under the list of families; returns the page that follows."""
    sent = ticked(name, codes)
    page = client.post(reverse("families_act") + FAMILIES, sent, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def confirmed(client: Client, name: str, *codes: HandOut, **typed: Any) -> str:
    """The same, then confirm on the page that asks."""
    sent = ticked(name, codes)
    return confirm(client, reverse("families_act") + FAMILIES, sent, **typed).content.decode()


def test_a_coordinator_says_not_given_after_all(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client, first = as_user(cast.coordinator), hand_outs[0]
    assert "Vink brieven aan die als meegegeven staan." in act(client, "not-given", first)
    lifecycle.mark_given(hand_outs=[first.pk], by=cast.coordinator, now=timezone.now())
    assert "1 brief toch niet meegegeven?" in act(client, "not-given", *hand_outs)
    done = confirmed(client, "not-given", first)
    assert "1 brief staat niet meer als meegegeven." in done
    first.refresh_from_db()
    assert first.given_at is None


def test_a_coordinator_gives_codes_back(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client = as_user(cast.coordinator)
    page = act(client, "give-back", *hand_outs)
    assert "2 codes zijn al afgedrukt en krijgt niemand meer. Vernietig de brieven." in page
    assert HandOut.objects.live().count() == 2
    assert "2 codes teruggegeven." in confirmed(client, "give-back", *hand_outs)
    assert Voucher.objects.filter(void_reason=VoidReason.RETURNED).count() == 2


def test_a_coordinator_passes_a_code_on(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client, first = as_user(cast.coordinator), hand_outs[0]
    assert "Kies één leerling" in act(client, "reassign", *hand_outs)
    assert "Geen andere leerling wacht op een code van Telenet." in act(client, "reassign", first)
    line = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer
    ).lines.get()
    page = act(client, "reassign", first)
    assert f"Vernietig de brief van {first.line.reference}" in page
    assert line.reference in page
    given = client.post(
        reverse("code_reassign", args=[first.pk]), {"line": line.pk, "keep_waiting": "0"}
    )
    assert line.reference not in given["Location"]
    shown = client.get(given["Location"]).context["rows"]
    assert [row.line for row, _state, _ticked in shown] == [line]
    assert HandOut.objects.live().get(voucher=first.voucher).line == line


def test_codes_of_others_are_not_there(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client = as_user(cast.other_coordinator)
    page = client.get(reverse("code_reassign", args=[hand_outs[0].pk]))
    assert page.status_code == 404
    for chosen in ({"selected": hand_outs[0].pk}, {"ids": hand_outs[0].pk, "confirmed": "1"}):
        sent = chosen | {"action": "give-back"}
        assert client.post(reverse("families_act"), sent).status_code == 404
    assert client.get(reverse("families_act")).status_code == 405


def test_a_new_code_is_asked_and_given(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client, first = as_user(cast.coordinator), hand_outs[0]
    assert "Wat is er mis?" in act(client, "ask-new", first)
    assert "Dit moet je nog invullen." in confirmed(client, "ask-new", first)
    done = confirmed(client, "ask-new", first, reason=VoidReason.FAULTY)
    assert "Je vroeg 1 nieuwe code." in done
    assert "Nieuwe code gevraagd" in done
    officer = as_user(cast.officer)
    assert "nieuwe code gevraagd" in officer.get(reverse("home")).content.decode()
    asked = ReplacementAsk.objects.get()
    url, ticked = reverse("ministry_replacement_act"), {"selected": asked.pk, "action": "replace"}
    assert "1 nieuwe code geven?" in officer.post(url, ticked).content.decode()
    assert "1 nieuwe code uitgereikt." in confirm(officer, url, ticked).content.decode()
    assert HandOut.objects.get(replaces=first).line == first.line


def test_a_refused_new_code_tells_why(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    ids = [hand_outs[0].pk]
    replacements.ask(hand_outs=ids, reason=VoidReason.LOST, by=cast.coordinator, now=timezone.now())
    ticked = {"everything": "1", "action": "refuse"}
    url = reverse("ministry_replacement_act")
    confirm(as_user(cast.officer), url, ticked, reason="Ze werkt nog.")
    families = as_user(cast.coordinator).get(reverse("families") + "?stand=alle")
    assert "Geen nieuwe code: Ze werkt nog." in families.content.decode()


def test_an_officer_makes_ticked_codes_void(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client, first = as_user(cast.officer), hand_outs[0]
    url = reverse("ministry_codes_void", args=[first.line.request_id])
    ticked: dict[str, Any] = {"selected": first.pk}
    page = client.post(url, ticked)
    assert page.context["title"] == "1 code ongeldig maken?"
    assert HandOut.objects.live().count() == 2
    done = answer(client, page, reason="LOST")
    assert "1 code is ongeldig. 1 leerling wacht op een nieuwe code." in done.content.decode()


def test_an_officer_makes_a_pool_void_and_replaces(
    cast: Cast, hand_outs: list[HandOut], as_user: SignIn
) -> None:
    client, url = as_user(cast.officer), reverse("ministry_pool_void", args=[cast.pool.pk])
    page = client.get(url)
    assert page.context["title"] == "5 codes ongeldig maken?"
    filled_in = {"reason": "WITHDRAWN", "replace": "on"}
    assert "codes te weinig" in answer(client, page, **filled_in).content.decode()
    Pool.objects.filter(pk=cast.other_pool.pk).update(valid_until=date(2099, 6, 30))
    load_codes(cast.other_pool, by=cast.officer, codes=2)
    done = answer(client, page, **filled_in).content.decode()
    assert "5 codes zijn ongeldig. 2 leerlingen kregen een nieuwe code." in done
    assert Voucher.objects.filter(pool=cast.pool, state=VoucherState.VOID).count() == 5
    assert "geen code meer die geldig is" in client.get(url, follow=True).content.decode()


def test_an_officer_takes_an_extension_back(cast: Cast, as_user: SignIn) -> None:
    extension = pools.extend_pool(
        pool=cast.pool, valid_until=date(2030, 7, 31), by=cast.officer, now=timezone.now()
    )
    client, url = as_user(cast.officer), reverse("ministry_extension_withdraw", args=[extension.pk])
    assert url in client.get(reverse("ministry_pool", args=[cast.pool.pk])).content.decode()
    page = client.get(url)
    assert "Verlenging tot 31/07/2030 terugdraaien?" in page.content.decode()
    assert "geldt niet meer" in answer(client, page).content.decode()
    assert "al teruggedraaid" in answer(client, page).content.decode()


def test_an_officer_undoes_a_file_with_codes(cast: Cast, as_user: SignIn) -> None:
    file = load_codes(cast.pool, by=cast.officer, codes=2)
    client, url = as_user(cast.officer), reverse("ministry_file_undo", args=[file.pk])
    assert url in client.get(reverse("ministry_file", args=[file.pk])).content.decode()
    page = client.get(url)
    asked = page.content.decode()
    assert "2 codes gaan uit voorraad maart en worden nooit uitgereikt." in asked
    done = answer(client, page).content.decode()
    assert "2 codes zijn uit de voorraad." in done
    file.refresh_from_db()
    assert file.state == FileState.UNDONE


def test_handed_out_by_mistake_waits_again(cast: Cast, as_user: SignIn) -> None:
    load_codes(cast.pool, by=cast.officer, codes=2)
    found = handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer)
    client, url = (
        as_user(cast.officer),
        reverse("ministry_reclaim", args=[found[0].line.request_id]),
    )
    page = client.get(url)
    assert "dit was een vergissing" in page.content.decode()
    answer(client, page, keep_waiting="1")
    assert PupilLine.objects.waiting().get().state == LineState.GRANTED


def test_an_officer_makes_the_codes_of_a_list_void(cast: Cast, as_user: SignIn) -> None:
    others = [f"DDDD-{n:04d}" for n in range(18)]
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1111", "BBBB-2222", "CCCC-3333", *others])
    client, url = as_user(cast.officer), reverse("ministry_pool_void_list", args=[cast.pool.pk])
    lines = ["code", "aaaa1111", "BBBB 2222", "AAAA-1111", "ZZZZ-9999", *others]
    content = "\n".join(lines).encode()
    asked = client.post(url, {"file": SimpleUploadedFile("lijst.csv", content)})
    page = asked.content.decode()
    assert "20 codes ongeldig maken?" in page
    assert "Regel 4 wordt overgeslagen. Deze code staat ook op regel 2" in page
    assert "Regel 5 wordt overgeslagen. Deze code kennen we niet." in page
    assert "AAAA" not in page
    done = answer(client, asked, reason="WITHDRAWN").content.decode()
    assert "20 codes zijn ongeldig." in done
    assert Voucher.objects.filter(void_reason=VoidReason.WITHDRAWN).count() == 20
    again = client.post(url, {"file": SimpleUploadedFile("lijst.csv", content)}).content.decode()
    assert "Deze code is al ongeldig." in again


def test_a_list_of_guesses_gets_a_sentence_and_no_number(cast: Cast, as_user: SignIn) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AAAA-1111"])
    client, url = as_user(cast.officer), reverse("ministry_pool_void_list", args=[cast.pool.pk])
    content = b"code\nAAAA-1111\nZZZZ-9999\n"
    page = client.post(url, {"file": SimpleUploadedFile("lijst.csv", content)})
    (sentence,) = page.context["form"].errors["file"]
    assert sentence.startswith("Te veel codes in deze lijst kennen we niet.")
    assert "Regel" not in page.content.decode()


def test_a_list_without_the_column_is_refused(cast: Cast, as_user: SignIn) -> None:
    client, url = as_user(cast.officer), reverse("ministry_pool_void_list", args=[cast.pool.pk])
    for content in (b"", b"naam;klas\nx;y\n"):
        page = client.post(url, {"file": SimpleUploadedFile("lijst.csv", content)})
        assert page.status_code == 200
        assert page.context["form"].errors["file"]


def test_a_list_longer_than_somebody_waits_for_is_refused_with_the_limit(
    cast: Cast, as_user: SignIn
) -> None:
    client, url = as_user(cast.officer), reverse("ministry_pool_void_list", args=[cast.pool.pk])
    content = b"code\n" + b"".join(b"C-%d\n" % at for at in range(20_001))
    page = client.post(url, {"file": SimpleUploadedFile("lijst.csv", content)})
    (refusal,) = page.context["form"].errors["file"]
    assert refusal.startswith("Dit bestand telt meer dan 20.000 rijen. Splits het")

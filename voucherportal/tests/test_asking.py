"""Every act that asks first does so in one way; what changed meanwhile is asked again."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.tests.asking import answer, sent_along
from conftest import Cast, SignIn
from history.models import HistoryEvent
from voucherportal.tests.access_table import PAGES, Things, make_things
from voucherportal.tests.test_access import PEOPLE, address, allowed_roles
from vouchers.actions.life import lifecycle, renewals, reveals
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools, voiding
from vouchers.models import HandOut, Pool, Renewal, Voucher
from vouchers.states import (
    LineState,
    RenewalRule,
    RenewalState,
    RequestState,
    VoidReason,
    VoucherState,
)
from vouchers.tests.factories import (
    granted_request,
    handed_out,
    load_codes,
    make_pool,
    report_activations,
    reveal,
    submitted_request,
)

ROOT = Path(settings.BASE_DIR)
CODE = (*settings.OUR_APPS, "pages")
ASKING = "components/answer_fields.html"
OTHERS = "Het gaat nu over andere dan die je zag."


def sources() -> Iterator[tuple[str, str]]:
    """Every template and every module that is not a test, with its text."""
    for path in (ROOT / "templates").rglob("*.html"):
        yield str(path.relative_to(ROOT)), path.read_text()
    for package in CODE:
        for path in (ROOT / package).rglob("*.py"):
            if "tests" not in path.parts:
                yield str(path.relative_to(ROOT)), path.read_text()


def test_nobody_else_asks_or_reads_an_answer() -> None:
    sent = re.compile(
        r"""name="confirmed"|components/confirmation\.html|POST[^\n]*["']confirmed["']"""
        r"""|["']confirmed["'] (?:not )?in \w+\.POST"""
    )
    assert {name for name, text in sources() if sent.search(text)} == {"common/confirm.py"}


@pytest.fixture
def things(cast: Cast) -> Things:
    return make_things(cast)


def of_everybody(cast: Cast, as_user: SignIn, names: Sequence[str]) -> Iterator[tuple[str, Client]]:
    """Every page of ours, with somebody who may open it."""
    clients = {role: as_user(getattr(cast, who)) for role, who in PEOPLE.items()}
    for name in names:
        for role in sorted(allowed_roles(name))[:1]:
            yield name, clients[role]


def history() -> int:
    return HistoryEvent.objects.count()


# All at once is a transaction of more than a minute, and sealing waits for whatever is open.
PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_reading_changes_nothing_and_a_post_without_the_right_answer_only_asks(
    cast: Cast, things: Things, as_user: SignIn, part: int
) -> None:
    asking, changed = set(), set()
    names = list(PAGES)[part::PARTS]
    for name, client in of_everybody(cast, as_user, names):
        here = address(name, things)  # may have to create what it shows
        before = history()
        page = client.get(here)
        if ASKING in {each.name for each in page.templates} and "confirmed" in sent_along(page):
            asking.add(name)
            assert client.post(here).context["title"] == page.context["title"], name
            stale = sent_along(page) | {"confirmed": "x"}
            assert client.post(here, stale).context["changed"] == [OTHERS], name
        if history() != before:
            changed.add(name)
    assert changed == set()
    assert asking >= set(names) & {
        "membership_remove",
        "request_delete",
        "ministry_person_block",
        "ministry_pool_close",
        "ministry_pool_void",
        "ministry_extension_withdraw",
        "ministry_alert_handle",
        "ministry_holiday_withdraw",
        "provider_file_undo",
    }


# Between the question and the answer


@pytest.fixture
def hand_outs(cast: Cast) -> list[HandOut]:
    """Two codes handed out today to the own school, not seen yet; three more in stock."""
    Pool.objects.filter(pk=cast.pool.pk).update(valid_until=date(2099, 6, 30))
    load_codes(cast.pool, by=cast.officer, codes=5)
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )


def asked_again(client: Client, page: Any, **typed: Any) -> list[str]:
    """What the page lists as changed when its button is pressed late; nothing was done."""
    before = history()
    again = answer(client, page, **typed)
    assert (again.status_code, history()) == (200, before)
    found: list[str] = again.context["changed"]
    assert found
    return found


def ticked(client: Client, name: str, data: dict[str, Any], *args: object) -> Any:
    page = client.post(reverse(name, args=args), data)
    assert page.status_code == 200
    return page


def test_a_ticked_code_that_a_family_uses_by_now(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    client, now = as_user(cast.officer), timezone.now()
    ids = {"selected": [each.pk for each in hand_outs]}
    page = ticked(client, "ministry_codes_void", ids, hand_outs[0].line.request_id)
    reveal(hand_outs[:1], by=cast.coordinator, now=now)
    report_activations(hand_outs[:1], on=timezone.localdate(now), by=cast.provider_user, now=now)
    assert asked_again(client, page, reason=VoidReason.FAULTY)[0].startswith("Nu staat hier: 1 ")
    assert HandOut.objects.live().count() == 2


def test_as_many_codes_of_a_pool_that_are_others(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    client = as_user(cast.officer)
    page = client.get(reverse("ministry_pool_void", args=[cast.pool.pk]))
    free = Voucher.objects.filter(pool=cast.pool, state=VoucherState.AVAILABLE)[0]
    voiding.void(vouchers=[free.pk], reason=VoidReason.FAULTY, by=cast.officer, now=timezone.now())
    load_codes(cast.pool, by=cast.officer, codes=["NIEUW-1"])
    assert asked_again(client, page, reason=VoidReason.WITHDRAWN) == [OTHERS]
    assert Voucher.objects.exclude(state=VoucherState.VOID).count() == 5


def test_a_request_that_was_sent_anew(cast: Cast, as_user: SignIn) -> None:
    client, now = as_user(cast.officer), timezone.now()
    request = submitted_request(cast.school, cast.period, by=cast.coordinator, references=2)
    pages = [
        client.post(reverse("ministry_decide", args=[request.pk])),
        ticked(client, "ministry_grant_selection", {"selected": [request.pk]}),
    ]
    requests.return_to_asker(request=request, question="Klopt dit?", by=cast.officer, now=now)
    requests.submit(request=request, by=cast.coordinator, now=timezone.now())
    for page in pages:
        assert asked_again(client, page) == [OTHERS]
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED


def test_codes_that_somebody_printed_meanwhile_are_not_taken_back(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    client = as_user(cast.officer)
    page = client.get(reverse("ministry_reclaim", args=[hand_outs[0].line.request_id]))
    reveal(hand_outs[:1], by=cast.coordinator, now=timezone.now())
    assert "Nu staat hier: 1 code terugnemen?" in asked_again(client, page)
    assert HandOut.objects.live().count() == 2


def test_a_request_whose_codes_come_from_elsewhere_by_now(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.officer)
    first, second = (
        make_pool(cast.provider, name=name, valid_until=date(2099, 12, 31)) for name in "ab"
    )
    load_codes(first, by=cast.officer, codes=["A-1", "A-2"])
    load_codes(second, by=cast.officer, codes=["B-1"])
    request = granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    url = reverse("ministry_hand_out", args=[request.pk])
    page = client.get(url)
    pools.close_pool(pool=first, by=cast.officer, now=timezone.now())
    changed = asked_again(client, page)
    assert f"Nu staat hier: Niet genoeg codes voor {request.label}" in changed
    assert not HandOut.objects.exists()


Meanwhile = Callable[[Cast, list[HandOut]], object]


def not_given(cast: Cast, rows: list[HandOut]) -> None:
    lifecycle.not_given(hand_outs=[rows[0].pk], by=cast.coordinator, now=timezone.now())


def seen(cast: Cast, rows: list[HandOut]) -> None:
    reveals.reveal(hand_outs=[rows[1].pk], by=cast.coordinator, now=timezone.now())


@pytest.mark.parametrize(
    ("action", "meanwhile", "sentence"),
    [
        ("not-given", not_given, "Nu staat hier: 1 brief toch niet meegegeven?"),
        ("give-back", seen, "Nu staat hier: 2 codes zijn al afgedrukt en krijgt niemand meer."),
    ],
)
def test_letters_of_which_a_colleague_said_something_else(
    cast: Cast,
    as_user: SignIn,
    hand_outs: list[HandOut],
    action: str,
    meanwhile: Meanwhile,
    sentence: str,
) -> None:
    now, given = timezone.now(), hand_outs if action == "not-given" else hand_outs[:1]
    reveal(given, by=cast.coordinator, now=now)
    lifecycle.mark_given(hand_outs=[each.pk for each in given], by=cast.coordinator, now=now)
    client = as_user(cast.coordinator)
    ids = [each.pk for each in hand_outs]
    page = ticked(client, "families_act", {"selected": ids, "action": action})
    meanwhile(cast, hand_outs)
    assert any(each.startswith(sentence) for each in asked_again(client, page))
    assert HandOut.objects.live().count() == 2
    assert not HandOut.objects.live().filter(line__state=LineState.CLOSED).exists()


def test_renewals_that_a_colleague_passed_on(
    cast: Cast, as_user: SignIn, hand_outs: list[HandOut]
) -> None:
    client, now = as_user(cast.officer), timezone.now()
    Pool.objects.filter(pk=cast.pool.pk).update(renewal_rule=RenewalRule.BY_OFFICER)
    report_activations(hand_outs, on=date(2020, 4, 10), by=cast.provider_user)
    renewals.ask(hand_outs=[each.pk for each in hand_outs], by=cast.coordinator, now=now)
    first, second = Renewal.objects.order_by("pk")
    page = ticked(client, "ministry_renewal_act", {"everything": "1", "action": "pass"})
    renewals.pass_on(renewals=[first.pk], by=cast.administrator, now=now)
    assert "Nu staat hier: 1 verlenging doorgeven?" in asked_again(client, page)
    second.refresh_from_db()
    assert second.state == RenewalState.ASKED

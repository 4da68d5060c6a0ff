"""The pages of what waits for a second person, and of changing a role."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Role, User, WaitingAct
from accounts.second_person import acts
from common.tests.asking import answer, confirm
from conftest import Cast, SignIn
from pages.people.waiting_forms import CONDITIONS, Stand, stand_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

NOW = datetime(2020, 9, 14, 9, tzinfo=UTC)


def text(response: "Response") -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def act(cast: Cast) -> WaitingAct:
    """The officer asked to let a helper into the own school."""
    actions.invite(
        email="helper@example.org", name="Hanne Helper", role=Role.COORDINATOR,
        organisations=[cast.school], by=cast.officer, now=NOW,
    )  # fmt: skip
    return WaitingAct.objects.get()


def page_of(act: WaitingAct, what: str = "") -> str:
    return reverse(f"waiting_act{what}", args=[act.pk])


def test_a_colleague_finds_it_at_home_reads_what_was_asked_and_lets_it_go(
    cast: Cast, act: WaitingAct, as_user: SignIn
) -> None:
    client = as_user(cast.coordinator)
    assert "vraag wacht op jou als tweede" in text(client.get(reverse("home")))
    assert "1 vraag wacht hier op een tweede." in text(client.get(reverse("my_organisation")))
    assert "Hanne Helper" in text(client.get(reverse("waiting_acts")))
    shown = text(client.get(page_of(act)))
    assert "Hanne Helper (helper@example.org) wordt coördinator van Vrije Basisschool" in shown
    done = confirm(client, page_of(act, "_let_go"))
    assert "Dit gaat door." in text(done)
    assert cast.school.memberships.count() == 2
    assert "Hier wacht nu niets op een tweede." in text(client.get(reverse("waiting_acts")))
    assert "vraag wacht op jou als tweede" not in text(client.get(reverse("home")))


def test_who_asked_may_withdraw_and_nothing_else(
    cast: Cast, act: WaitingAct, as_user: SignIn
) -> None:
    client = as_user(cast.officer)
    shown = text(client.get(page_of(act)))
    assert page_of(act, "_let_go") not in shown
    assert "Je vroeg dit zelf" in text(client.get(page_of(act, "_let_go"), follow=True))
    assert "vraag wacht op jou" not in text(client.get(reverse("home")))
    assert "Je vraag is ingetrokken." in text(confirm(client, page_of(act, "_withdraw")))


def test_refusing_asks_why(cast: Cast, act: WaitingAct, as_user: SignIn) -> None:
    client = as_user(cast.administrator)
    question = client.get(page_of(act, "_refuse"))
    assert "Dit moet je nog invullen." in text(answer(client, question))
    done = answer(client, question, answer="Kennen we niet")
    assert "Dit gaat niet door." in text(done)
    assert "Kennen we niet" in text(done)


def test_undoing(cast: Cast, act: WaitingAct, as_user: SignIn) -> None:
    acts.let_go(act=act, by=cast.coordinator, now=NOW)
    assert "Dit is ongedaan gemaakt." in text(confirm(as_user(cast.officer), page_of(act, "_undo")))
    assert cast.school.memberships.count() == 1


def test_what_changed_since_cannot_be_let_go(cast: Cast, act: WaitingAct, as_user: SignIn) -> None:
    User.objects.filter(pk=act.subject).update(name="Iemand Anders")
    client = as_user(cast.coordinator)
    shown = text(client.get(page_of(act)))
    assert "niet meer wat Olga Officier vroeg" in shown
    assert page_of(act, "_let_go") not in shown
    assert "niet meer wat" in text(confirm(client, page_of(act, "_let_go")))
    assert cast.school.memberships.count() == 1


def test_every_act_has_one_stand(cast: Cast, act: WaitingAct) -> None:
    acts.let_go(act=act, by=cast.coordinator, now=NOW)
    acts.undo(act=act, by=cast.coordinator, now=NOW)
    for each in WaitingAct.objects.all():
        found = [stand for stand in Stand if WaitingAct.objects.filter(CONDITIONS[stand]).exists()]
        assert found == [stand_of(each)] == [Stand.UNDONE]


def test_the_form_says_that_it_waits(cast: Cast, as_user: SignIn) -> None:
    answers = {"name": "Hanne Helper", "email": "helper@example.org", "organisations": "18"}
    client = as_user(cast.officer)
    done = client.post(reverse("ministry_invite"), {**answers, "role": "coordinator"}, follow=True)
    assert "Wacht op een tweede: Hanne Helper begint bij Vrije Basisschool" in text(done)


def test_too_many_organisations_are_refused_beside_the_field(cast: Cast, as_user: SignIn) -> None:
    numbers = "\n".join(str(100 + n) for n in range(11))
    answers = {"name": "H", "email": "h@example.org", "role": "coordinator"}
    shown = as_user(cast.officer).post(
        reverse("ministry_invite"), {**answers, "organisations": numbers}
    )
    assert "ten hoogste 10 organisaties tegelijk" in text(shown)


def test_changing_a_role(cast: Cast, as_user: SignIn) -> None:
    assert cast.supervisor
    client = as_user(cast.administrator)
    person = reverse("ministry_person", args=[cast.officer.pk])
    change = reverse("ministry_person_role", args=[cast.officer.pk])
    assert change in text(client.get(person))
    question = client.get(change)
    assert "Dit moet je nog invullen." in text(answer(client, question, role="analyst"))
    waits = answer(client, question, role="supervisor", why="leidt de dienst")
    assert "Wacht op een tweede: Olga Officier krijgt de rol" in text(waits)
    assert "leidt de dienst" in text(waits)
    done = answer(client, question, role="analyst", why="telt voortaan")
    assert "Olga Officier heeft nu een andere rol." in text(done)
    cast.officer.refresh_from_db()
    assert cast.officer.role == Role.ANALYST


def test_a_coordinators_role_is_not_changed(cast: Cast, as_user: SignIn) -> None:
    address = reverse("ministry_person_role", args=[cast.coordinator.pk])
    shown = text(as_user(cast.administrator).get(address, follow=True))
    assert "Een rol verandert alleen binnen het ministerie." in shown


def test_an_analyst_sees_figures_only(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.analyst)
    home = client.get(reverse("home"))
    assert "Rapporten" in text(home)
    assert reverse("ministry_requests") not in text(home)
    for name in ("reports", "report_exports", "ministry_balance"):
        shown = client.get(reverse(name))
        assert shown.status_code == 200
        assert "/ministerie/aanvragen" not in text(shown)
    assert client.get(reverse("ministry_people")).status_code == 403

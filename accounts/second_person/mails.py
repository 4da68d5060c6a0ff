"""The mails about acts that wait: to who may let them go, and what became of them to who asked.

Texts: templates/mail/. Tested in `accounts.second_person.tests.test_acts`.
"""

from django.urls import reverse
from django.utils import translation

from accounts.models import User, WaitingAct
from accounts.people_mails import send
from accounts.second_person.kinds import kind_of, who_is_told


def tell_it_waits(act: WaitingAct) -> None:
    """Those who may let it go read what was asked, by whom and why."""
    for person in who_is_told(act):
        _send("waits_for_second", person, act)


def tell_answered(act: WaitingAct) -> None:
    """Who asked reads that it was let go, or refused and why."""
    _send("second_answered", act.asked_by, act)


def _send(mail: str, person: User, act: WaitingAct) -> None:
    kind = kind_of(act)
    with translation.override(person.language):
        facts = {
            "act": act,
            "title": str(kind.title),
            "sentences": kind.sentences(kind.facts(act)),
        }
    send(mail, person, page=reverse("waiting_act", args=[act.pk]), facts=facts)

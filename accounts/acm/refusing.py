"""What somebody sees whose sign-on was refused: a page with a sentence and a way out; and what is
noted of it.

Tested in `accounts.acm.tests.test_road`.
"""

import logging

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import How, User
from common.refused import Refused

logger = logging.getLogger(__name__)

# Of each sign-on that was refused. Arguments: request; code, that of the refusal
# (docs/refusals.md); sub, how the government names the person, "" when nobody was proven; person,
# the account it is about, or None; how, by which door.
sign_on_refused = Signal()

UNAVAILABLE = 503


def unavailable() -> Refused:
    return Refused(
        _("De aanmelding bij de Vlaamse overheid antwoordt niet. Probeer het over enkele minuten."),
        code="sign-on-unavailable",
    )


def not_proven() -> Refused:
    return Refused(
        _("We konden niet nagaan wie je bent. Meld je opnieuw aan."), code="sign-on-not-proven"
    )


def too_late() -> Refused:
    return Refused(
        _("Deze aanmelding is al gebruikt of duurde te lang. Meld je opnieuw aan."),
        code="sign-on-too-late",
    )


def cancelled() -> Refused:
    return Refused(_("Je brak de aanmelding bij de Vlaamse overheid af."), code="sign-on-cancelled")


def refused_page(
    request: HttpRequest, refusal: Refused, *, sub: str = "", person: User | None = None
) -> HttpResponse:
    """Note it, and say why and what one can do."""
    note(request, refusal, sub=sub, person=person)
    status = UNAVAILABLE if refusal.code == "sign-on-unavailable" else 403
    context = {"title": _("Aanmelden lukte niet"), "sentence": refusal.message}
    return render(request, "account/sign_on_refused.html", context, status=status)


def note(
    request: HttpRequest,
    refusal: Refused,
    *,
    sub: str = "",
    person: User | None = None,
    how: How = How.ACM_IDM,
) -> None:
    """A fact of the door (ADR 31); the log gets the code of the refusal, nothing of the person."""
    logger.warning("sign-on refused: %s", refusal.code)
    sign_on_refused.send(
        sender=None, request=request, code=refusal.code, sub=sub, person=person, how=how
    )

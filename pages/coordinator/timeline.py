"""What happened to a request, as its asker reads it; people of the ministry are not named.

Tested in `pages.shared.tests.test_request_facts`, `pages.ministry.tests.test_mails`.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pages.shared.request_facts import Fact, Happened, facts
from pages.shared.texts import end_of_codes
from vouchers.models import VoucherRequest

Event = dict[str, Any]
# What people of the asker did themselves, and so may be named for.
THEIR_OWN = (
    Happened.BEGUN, Happened.SENT, Happened.SENT_AGAIN, Happened.WITHDRAWN,
    Happened.PRINTED, Happened.GIVEN_BACK, Happened.PASSED_ON,
)  # fmt: skip

TITLES = {
    Happened.BEGUN: gettext_lazy("Begonnen"),
    Happened.SENT: gettext_lazy("Verstuurd"),
    Happened.SENT_AGAIN: gettext_lazy("Opnieuw verstuurd"),
    Happened.RETURNED: gettext_lazy("Teruggestuurd met een vraag van het ministerie"),
    Happened.WITHDRAWN: gettext_lazy("Ingetrokken"),
    Happened.DECIDED: gettext_lazy("Het ministerie besliste"),
    Happened.DECISION_UNDONE: gettext_lazy("Het ministerie maakte die beslissing ongedaan"),
}


def events(request: VoucherRequest) -> list[Event]:
    """The events of a request, newest first."""
    return [_event(fact) for fact in facts(request)]


def _event(fact: Fact) -> Event:
    by = fact.by if fact.what in THEIR_OWN else ""
    return {"at": fact.at, "title": _title(fact), "by": by, "text": _text(fact)}


def _title(fact: Fact) -> str:
    if fact.what in TITLES:
        return str(TITLES[fact.what])
    match fact.what:
        case Happened.HANDED_OUT:
            return ngettext("{n} code klaar", "{n} codes klaar", fact.codes).format(n=fact.codes)
        case Happened.PRINTED:
            title = ngettext("{n} brief afgedrukt", "{n} brieven afgedrukt", fact.codes)
            return title.format(n=fact.codes)
        case Happened.MAILED:
            return _("Mail gestuurd: {what}").format(what=fact.text)
    return end_of_codes(fact)


def _text(fact: Fact) -> str:
    match fact.what:
        case Happened.RETURNED:
            return fact.text
        case Happened.DECIDED:
            return _("{granted} goedgekeurd, {refused} niet goedgekeurd").format(
                granted=fact.granted, refused=fact.refused
            )
        case Happened.MAILED:
            return _("Aan {names}").format(names=", ".join(fact.recipients))
    return ""

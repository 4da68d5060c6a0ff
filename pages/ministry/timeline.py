"""What happened to a request, as the ministry reads it.

Tested in `pages.shared.tests.test_request_facts`.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pages.shared.request_facts import Fact, Happened, facts
from pages.shared.texts import end_of_codes
from vouchers.models import VoucherRequest

Event = dict[str, Any]
# What the asker does before it sends and with its letters; mails have a page of their own.
LEFT_OUT = (Happened.BEGUN, Happened.PRINTED, Happened.MAILED)
TITLES = {
    Happened.SENT: gettext_lazy("Verstuurd"),
    Happened.SENT_AGAIN: gettext_lazy("Opnieuw verstuurd"),
    Happened.RETURNED: gettext_lazy("Teruggestuurd met een vraag"),
    Happened.WITHDRAWN: gettext_lazy("Ingetrokken"),
    Happened.DECISION_UNDONE: gettext_lazy("Beslissing ongedaan gemaakt"),
}


def events(request: VoucherRequest) -> list[Event]:
    """The events of a request, newest first, each with who did it."""
    return [
        {"at": fact.at, "title": _title(fact), "by": fact.by, "text": fact.text}
        for fact in facts(request)
        if fact.what not in LEFT_OUT
    ]


def _title(fact: Fact) -> str:
    if fact.what in TITLES:
        return str(TITLES[fact.what])
    match fact.what:
        case Happened.DECIDED:
            granted = _("{n} goedgekeurd").format(n=fact.granted)
            refused = _("{n} geweigerd").format(n=fact.refused)
            numbers = ((granted, fact.granted), (refused, fact.refused))
            return ", ".join(said for said, n in numbers if n)
        case Happened.HANDED_OUT:
            title = ngettext("{n} code uitgereikt", "{n} codes uitgereikt", fact.codes)
            return title.format(n=fact.codes)
    return end_of_codes(fact)

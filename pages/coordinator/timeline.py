"""What happened to a request, as its coordinator reads it.

Tested in `pages.coordinator.tests.test_views`, `pages.ministry.tests.test_mails`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vouchers.models import Decision, HandOut, Mail, VoucherRequest
from vouchers.states import MailState

Event = dict[str, Any]


def events(request: VoucherRequest) -> list[Event]:
    """The events of a request, newest first; people of the ministry are not named."""
    found = [*_asking(request), *_deciding(request), *_handing_out(request), *_mailing(request)]
    return sorted(found, key=lambda event: event["at"])[::-1]


def _asking(request: VoucherRequest) -> Iterator[Event]:
    yield {"at": request.created_at, "title": _("Begonnen"), "by": request.created_by}
    first = request.lines.aggregate(first=Min("submitted_at"))["first"]
    if first and request.submitted_at and first < request.submitted_at:
        yield {"at": first, "title": _("Verstuurd")}
    if request.returned_at:
        title = _("Teruggestuurd met een vraag van het ministerie")
        yield {"at": request.returned_at, "title": title, "text": request.question}
    if request.submitted_at:
        again = first is not None and first < request.submitted_at
        title = _("Opnieuw verstuurd") if again else _("Verstuurd")
        yield {"at": request.submitted_at, "title": title, "by": request.submitted_by}
    if request.withdrawn_at:
        yield {"at": request.withdrawn_at, "title": _("Ingetrokken"), "by": request.withdrawn_by}


def _deciding(request: VoucherRequest) -> Iterator[Event]:
    decisions = (
        Decision.objects.filter(line__request=request)
        .values("decided_at", "withdrawn_at")
        .annotate(granted=Count("pk", filter=Q(granted=True)), all=Count("pk"))
        .order_by("decided_at")
    )
    for row in decisions:
        text = _("{granted} goedgekeurd, {refused} niet goedgekeurd").format(
            granted=row["granted"], refused=row["all"] - row["granted"]
        )
        yield {"at": row["decided_at"], "title": _("Het ministerie besliste"), "text": text}
        if row["withdrawn_at"]:
            title = _("Het ministerie maakte die beslissing ongedaan")
            yield {"at": row["withdrawn_at"], "title": title}


def _handing_out(request: VoucherRequest) -> Iterator[Event]:
    hand_outs = HandOut.objects.filter(line__request=request)
    for row in hand_outs.values("handed_out_at").annotate(n=Count("pk")).order_by("handed_out_at"):
        title = ngettext("{n} code klaar", "{n} codes klaar", row["n"]).format(n=row["n"])
        yield {"at": row["handed_out_at"], "title": title}
    printed = hand_outs.exclude(revealed_at=None).values("revealed_at", "revealed_by__name")
    for letters in printed.annotate(n=Count("pk")).order_by("revealed_at"):
        title = ngettext("{n} brief afgedrukt", "{n} brieven afgedrukt", letters["n"])
        yield {
            "at": letters["revealed_at"],
            "title": title.format(n=letters["n"]),
            "by": letters["revealed_by__name"],
        }


def _mailing(request: VoucherRequest) -> Iterator[Event]:
    """Mails that were sent; the same mail to several people is one event."""
    by_turn: dict[tuple[datetime, str], list[Mail]] = {}
    sent = request.mails.filter(state=MailState.SENT).select_related("recipient").defer("body")
    for mail in sent.order_by("pk"):
        by_turn.setdefault((mail.created_at, mail.what), []).append(mail)
    for (made_at, what), mails in by_turn.items():
        names = ", ".join(mail.recipient.name for mail in mails)
        title = _("Mail gestuurd: {what}").format(what=what)
        at = max(mail.sent_at or made_at for mail in mails)
        yield {"at": at, "title": title, "text": _("Aan {names}").format(names=names)}

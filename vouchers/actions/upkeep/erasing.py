"""Erase a period: what can lead to a child goes, what figures and history rest on stays (ADR 26).

Nothing that is emptied is in history, so that history, its seals and every figure stay what they
were. In batches, each a transaction; what is already empty is not found again, so that an
interrupted job resumes where it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import BRUSSELS, at, brussels_day
from common.formats import as_number
from history.recording import recorded
from vouchers import policies
from vouchers.models import (
    Alert,
    Decision,
    HandOut,
    Holding,
    Mail,
    Period,
    Pool,
    ProviderFile,
    ProviderFileRow,
    PupilLine,
    Renewal,
    ReplacementAsk,
    Voucher,
    VoucherRequest,
)
from vouchers.models.hand_outs import erasable_from
from vouchers.states import (
    ERASED_TEXT,
    FileKind,
    FileState,
    MailState,
    RenewalState,
    VoucherState,
)

BATCH = 2_000
NOTHING_TYPED = ("", ERASED_TEXT)
END_OF_TIME = datetime(9999, 1, 1, tzinfo=BRUSSELS)
WHY = gettext_noop("golf gewist")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of data to empty: its name (several may have the same), the rows that are not empty
    yet, the empty values."""

    name: str
    rows: Callable[[Period], QuerySet[Any]]
    empty: Mapping[str, Any]


def erase(*, period: Period, by: User, now: datetime, note: Callable[[str, int], None]) -> None:
    """Empty everything that has to go, then record on the period that it is erased.

    note: called in the transaction of each batch with the part and how many rows it emptied. Raises
    Refused.
    """
    policies.check_can_erase(by, period, erasable_from(period), brussels_day(now))
    for part in PARTS:
        for batch in _batches(part, period):
            with recorded(by=by, why=WHY):
                note(part.name, batch.update(**part.empty))
    with recorded(by=by, why=WHY):
        Period.objects.filter(pk=period.pk, erased_at=None).update(erased_at=now, erased_by=by)


def preview(period: Period) -> dict[str, int]:
    """How many rows of each part would be emptied."""
    counts: Counter[str] = Counter()
    for part in PARTS:
        counts[part.name] += part.rows(period).count()
    return dict(counts)


def _batches(part: Part, period: Period) -> Iterator[QuerySet[Any]]:
    """The rows of a part, a few thousand at a time. Their ids are found once: searching again for
    what is left would read everything for each batch."""
    rows = part.rows(period)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ids), BATCH):
        yield rows.model._default_manager.filter(pk__in=ids[first : first + BATCH])


def _elsewhere(period: Period) -> QuerySet[HandOut]:
    """Hand-outs in other periods that are not erased."""
    return HandOut.objects.filter(line__period__erased_at=None).exclude(line__period=period)


def _done_pools(period: Period) -> QuerySet[Pool]:
    """Closed pools whose codes only this period, and others already erased, ever had."""
    here = HandOut.objects.filter(line__period=period, voucher__pool=OuterRef("pk"))
    elsewhere = _elsewhere(period).filter(voucher__pool=OuterRef("pk"))
    return Pool.objects.filter(Exists(here), ~Exists(elsewhere)).exclude(closed_at=None)


def _codes(period: Period) -> QuerySet[Voucher]:
    """Codes that pupils of this period had and that no pupil of another may still need; and codes
    never handed out, of pools from which nothing goes out any more."""
    here = HandOut.objects.filter(line__period=period, voucher=OuterRef("pk"))
    elsewhere = _elsewhere(period).filter(voucher=OuterRef("pk"))
    gone = Q(Exists(here), state__in=[VoucherState.OUT, VoucherState.VOID])
    found = Voucher.objects.filter(gone | Q(pool__in=_done_pools(period)))
    return found.exclude(secret=b"").filter(~Exists(elsewhere))


def _pupils(period: Period) -> QuerySet[PupilLine]:
    lines = PupilLine.objects.filter(period=period)
    return lines.exclude(reference="", reference_key="")


def _texts(period: Period) -> QuerySet[VoucherRequest]:
    """Requests in which somebody typed something: it may be about a child."""
    return VoucherRequest.objects.filter(period=period).exclude(note="", question="")


def _mails(period: Period) -> QuerySet[Mail]:
    """Mails about a request of this period, except those still to be sent."""
    mails = Mail.objects.filter(request__period=period).exclude(state=MailState.QUEUED)
    return mails.exclude(body="")


def _files(period: Period) -> QuerySet[ProviderFile]:
    """Files that brought or reported codes of this period, and none of the codes that stay."""
    kept = Voucher.objects.exclude(secret=b"").exclude(pk__in=_codes(period).values("pk"))
    loaded = Voucher.objects.filter(file=OuterRef("pk"))
    of_here = Exists(loaded.filter(hand_outs__line__period=period))
    codes = Q(of_here | Q(pool__in=_done_pools(period)), kind=FileKind.CODES)
    codes &= ~Q(Exists(kept.filter(file=OuterRef("pk"))))
    rows = ProviderFileRow.objects.filter(file=OuterRef("pk"))
    of_here = Exists(rows.filter(hand_out__line__period=period))
    activations = Q(of_here, ~Exists(rows.filter(voucher__in=kept)), kind=FileKind.ACTIVATIONS)
    finished = [FileState.APPLIED, FileState.REFUSED, FileState.UNDONE]
    return ProviderFile.objects.filter(codes | activations, state__in=finished).exclude(content=b"")


# What people typed. Of alerts about no request, and of files that were refused, no wave is known:
# theirs go once no other wave that is not erased had begun by then.


def _decisions(period: Period) -> QuerySet[Decision]:
    return Decision.objects.filter(line__period=period).exclude(reason__in=NOTHING_TYPED)


def _renewals(period: Period) -> QuerySet[Renewal]:
    renewals = Renewal.objects.filter(hand_out__line__period=period, state=RenewalState.REFUSED)
    return renewals.exclude(reason__in=NOTHING_TYPED)


def _asks(period: Period) -> QuerySet[ReplacementAsk]:
    asks = ReplacementAsk.objects.filter(hand_out__line__period=period)
    return asks.exclude(refusal__in=NOTHING_TYPED)


def _holdings(period: Period) -> QuerySet[Holding]:
    """About codes that are erased by now: no other period has them."""
    elsewhere = _elsewhere(period).filter(voucher=OuterRef("voucher"))
    here = Q(voucher__hand_outs__line__period=period) | Q(voucher__pool__in=_done_pools(period))
    found = Holding.objects.filter(here, ~Exists(elsewhere)).exclude(reason__in=NOTHING_TYPED)
    return Holding.objects.filter(pk__in=found.values("pk"))


def _alerts(period: Period) -> QuerySet[Alert]:
    of_none = Q(request=None, raised_at__lt=_until(period))
    alerts = Alert.objects.filter(Q(request__period=period) | of_none)
    return alerts.exclude(note__in=NOTHING_TYPED)


def _refused_files(period: Period) -> QuerySet[ProviderFile]:
    files = ProviderFile.objects.filter(state=FileState.REFUSED, uploaded_at__lt=_until(period))
    return files.exclude(refusal__in=NOTHING_TYPED)


def _until(period: Period) -> datetime:
    """When the first of the other periods that are not erased began; the end of time if none is."""
    others = Period.objects.filter(erased_at=None).exclude(pk=period.pk)
    first = others.aggregate(first=Min("asks_from"))["first"]
    return at(first, 0) if first else END_OF_TIME


PARTS = (
    Part("codes", _codes, {"secret": b"", "key_id": ""}),
    Part("pupils", _pupils, {"reference": "", "reference_key": ""}),
    Part("texts", _texts, {"note": "", "question": ""}),
    Part("reasons", _decisions, {"reason": ERASED_TEXT}),
    Part("reasons", _renewals, {"reason": ERASED_TEXT}),
    Part("reasons", _asks, {"refusal": ERASED_TEXT}),
    Part("reasons", _holdings, {"reason": ERASED_TEXT}),
    Part("reasons", _alerts, {"note": ERASED_TEXT}),
    Part("reasons", _refused_files, {"refusal": ERASED_TEXT}),
    Part("mails", _mails, {"body": ""}),
    Part("files", _files, {"content": b"", "key_id": ""}),
)


def erased_in_words(numbers: dict[str, int]) -> list[str]:
    """What erasing a period emptied, or would empty, one line per part."""
    labels = {
        "codes": _("Codes"),
        "pupils": _("Referenties van leerlingen"),
        "texts": _("Aanvragen met een toelichting of een vraag"),
        "reasons": _("Redenen en nota's"),
        "mails": _("Teksten van mails"),
        "files": _("Inhoud van bestanden"),
    }
    return [f"{label}: {as_number(numbers.get(part, 0))}" for part, label in labels.items()]

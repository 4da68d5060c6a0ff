"""An activated code is to be valid for longer: asked, passed on, sent to the provider, confirmed.

Every list of ids is locked in id order; what cannot be done is returned with a sentence, the rest
goes ahead.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.days import brussels_day, in_words
from common.refused import Refused
from history.recording import recorded
from vouchers import policies
from vouchers.actions.life.reveals import record_and_open
from vouchers.actions.mail import notifications
from vouchers.models import HandOut, Provider, Renewal
from vouchers.models.hand_outs import RenewalQuerySet
from vouchers.references import check_free_text
from vouchers.states import Channel, RenewalRule, RenewalState

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Asked:
    """What asking came to: numbers passed on at once and waiting for the ministry; for each
    hand-out that cannot be renewed, its id and the sentence."""

    passed: int = 0
    asked: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ToRenew:
    """A line of the provider's list. `code` as the provider delivered it; never store it."""

    renewal: int
    code: str
    pool: str
    asked_on: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Taken:
    """What is on the provider's list, and how many codes are not because they cannot be read."""

    rows: list[ToRenew]
    unreadable: int


def ask(*, hand_outs: Sequence[int], by: User, now: datetime) -> Asked:
    """Ask to renew activated codes of one's own organisation.

    Where the pool's rule is "on simple request" they go straight to the provider's list; where an
    officer decides, they wait. Raises Refused when one of them is another organisation's.
    """
    with recorded(by=by, why=gettext_noop("verlenging gevraagd")):
        lock_hand_outs(hand_outs)
        found = _hand_outs(hand_outs)
        policies.check_can_ask_renewal(by, list(found.values()))
        result = Asked()
        ready: list[HandOut] = []
        for pk in dict.fromkeys(hand_outs):
            problem = _problem(found.get(pk))
            if problem:
                result.refused.append((pk, problem))
            else:
                ready.append(found[pk])
        made = Renewal.objects.bulk_create(
            Renewal(hand_out=each, asked_at=now, asked_by=by) for each in ready
        )
        at_once = [
            renewal.pk
            for renewal in made
            if renewal.hand_out.voucher.pool.renewal_rule == RenewalRule.AT_ONCE
        ]
        result.passed = _pass(at_once, by=by, now=now)
        result.asked = len(made) - result.passed
    return result


def pass_on(*, renewals: Sequence[int], by: User, now: datetime) -> int:
    """The ministry passes requested renewals on to the provider's list. Returns how many moved."""
    with recorded(by=by, why=gettext_noop("verlenging doorgegeven")):
        policies.check_is_ministry(by)
        asked = _locked(renewals, RenewalState.ASKED)
        return _pass([renewal.pk for renewal in asked], by=by, now=now)


def refuse(*, renewals: Sequence[int], reason: str, by: User, now: datetime) -> int:
    """The ministry refuses renewals that are not yet with a provider. Returns how many it
    refused."""
    with recorded(by=by, why=gettext_noop("verlenging geweigerd")):
        policies.check_is_ministry(by)
        open_ones = _locked(renewals, RenewalState.ASKED, RenewalState.PASSED)
        return _refuse(open_ones, reason, by=by, now=now)


def take_list(*, provider: Provider, by: User, now: datetime) -> Taken:
    """Everything this provider has to renew, with the codes: a reveal of each is recorded.

    What was passed on becomes SENT; what was sent and not answered is listed again. A code that
    cannot be read is left out, logged and left as it was. Raises Refused.
    """
    with recorded(by=by, why=gettext_noop("verlenglijst opgehaald")):
        policies.check_can_carry_out_renewals(by, provider)
        waiting = Renewal.objects.filter(hand_out__voucher__provider=provider)
        found = _lock(waiting.filter(state__in=[RenewalState.PASSED, RenewalState.SENT]))
        opened = record_and_open(
            [each.hand_out for each in found],
            channel=Channel.RENEWAL_LIST, by=by, now=now, skip_unreadable=True,
        )  # fmt: skip
        fields = {each.hand_out.pk: each.fields for each in opened}
        readable = [each for each in found if each.hand_out_id in fields]
        Renewal.objects.filter(
            pk__in=[each.pk for each in readable], state=RenewalState.PASSED
        ).update(state=RenewalState.SENT, sent_at=now, sent_by=by)
        last_days = _last_days(each.hand_out_id for each in readable)
    for each in found:
        if each.hand_out_id not in fields:
            logger.error("renewal %s is not on the list: its code cannot be read", each.pk)
    rows = [
        _to_renew(each, fields[each.hand_out_id], last_days[each.hand_out_id]) for each in readable
    ]
    return Taken(rows, unreadable=len(found) - len(rows))


def confirm(
    *, renewals: Sequence[int], on: date, valid_until: date, by: User, now: datetime
) -> int:
    """The provider renewed these codes on a day; they are valid until another.

    Returns how many it confirmed: those on the list that was taken. Raises Refused, also when a day
    cannot be right for one of them.
    """
    if on > brussels_day(now):
        raise Refused(
            _("Deze dag moet nog komen. Kies de dag waarop je verlengde."),
            "on",
            code="day-in-future",
        )
    with recorded(by=by, why=gettext_noop("verlenging bevestigd")):
        sent = _locked(renewals, RenewalState.SENT)
        _check_providers(by, sent)
        _check_days(sent, on, valid_until)
        found = [each.pk for each in sent]
        confirmed = Renewal.objects.filter(pk__in=found).update(
            state=RenewalState.CONFIRMED,
            on=on,
            valid_until=valid_until,
            confirmed_at=now,
            confirmed_by=by,
        )
        notifications.renewed(renewals=found, now=now)
        return confirmed


def refuse_by_provider(*, renewals: Sequence[int], reason: str, by: User, now: datetime) -> int:
    """The provider cannot renew these codes and says why. Returns how many it refused."""
    with recorded(by=by, why=gettext_noop("verlenging geweigerd door de provider")):
        open_ones = _locked(renewals, RenewalState.PASSED, RenewalState.SENT)
        _check_providers(by, open_ones)
        return _refuse(open_ones, reason, by=by, now=now)


def lock_hand_outs(ids: Sequence[int]) -> None:
    """Lock these: whoever asks the same at the same moment waits here.

    A statement of its own: one that waits for a lock still sees what was there when it began, and
    would miss the renewal that the first has made.
    """
    rows = HandOut.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
    list(rows.values_list("pk"))


def _hand_outs(ids: Sequence[int]) -> dict[int, HandOut]:
    """The hand-outs by id, with whether one is in use and whether a renewal is under way."""
    found = (
        HandOut.objects.filter(pk__in=ids)
        .select_related("line", "voucher__pool")
        .with_activation()
        .order_by("pk")
    )
    return {hand_out.pk: hand_out for hand_out in found}


def _problem(hand_out: HandOut | None) -> str:
    """Why this hand-out cannot be renewed, or ""."""
    if hand_out is None or hand_out.ended_at is not None:
        return _("Deze code is niet meer bij deze leerling.")
    if hand_out.voucher.is_erased:
        return _("Deze code is gewist, een tijd na haar laatste geldige dag.")
    if hand_out.active_since is None:
        return _("Deze code is nog niet gebruikt. Verlengen kan pas daarna.")
    if hand_out.renewal_open:
        return _("De verlenging van deze code is al gevraagd.")
    if hand_out.voucher.pool.renewal_rule == RenewalRule.NEVER:
        return _("Codes uit deze voorraad worden niet verlengd. Vraag een nieuwe code.")
    return ""


def _locked(ids: Sequence[int], *states: RenewalState) -> list[Renewal]:
    """Those of these renewals that are in one of the states, locked."""
    found = _lock(Renewal.objects.filter(pk__in=ids))
    return [renewal for renewal in found if renewal.state in states]


def _lock(renewals: RenewalQuerySet) -> list[Renewal]:
    return list(
        renewals.select_related("hand_out__voucher__pool")
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )


def _pass(ids: Sequence[int], *, by: User, now: datetime) -> int:
    asked = Renewal.objects.filter(pk__in=ids, state=RenewalState.ASKED)
    return asked.update(state=RenewalState.PASSED, passed_at=now, passed_by=by)


def _refuse(renewals: Sequence[Renewal], reason: str, *, by: User, now: datetime) -> int:
    reason = reason.strip()
    if not reason:
        raise Refused(
            _("Zeg waarom, zodat de school weet wat ze kan doen."), "reason", code="reason-missing"
        )
    check_free_text(reason, "reason")
    found = [each.pk for each in renewals]
    count = Renewal.objects.filter(pk__in=found).update(
        state=RenewalState.REFUSED, refused_at=now, refused_by=by, reason=reason[:500]
    )
    notifications.not_renewed(renewals=found, now=now)
    return count


def _check_providers(by: User, renewals: Sequence[Renewal]) -> None:
    for provider in Provider.objects.filter(
        pk__in={each.hand_out.voucher.provider_id for each in renewals}
    ):
        policies.check_can_carry_out_renewals(by, provider)


def _check_days(renewals: Sequence[Renewal], on: date, valid_until: date) -> None:
    """Renewed no earlier than asked, and valid for longer than before."""
    asked = max((brussels_day(each.asked_at) for each in renewals), default=on)
    if on < asked:
        raise Refused(
            _(
                "Minstens één van deze verlengingen is pas gevraagd op {day}. Kies die dag of "
                "later."
            ).format(day=in_words(asked)),
            "on",
            code="day-too-early",
        )
    last = max(_last_days(each.hand_out_id for each in renewals).values(), default=None)
    if last and valid_until <= last:
        raise Refused(
            _(
                "Minstens één van deze codes is al geldig tot en met {day}. Kies een latere dag."
            ).format(day=in_words(last)),
            "valid_until",
            code="not-longer",
        )


def _last_days(hand_outs: Iterable[int]) -> dict[int, date]:
    found = HandOut.objects.filter(pk__in=list(hand_outs)).with_last_day()
    return {each.pk: each.last_day for each in found}


def _to_renew(renewal: Renewal, fields: dict[str, str], last_day: date) -> ToRenew:
    return ToRenew(
        renewal=renewal.pk,
        # Encrypted as the first field; its column may have another name by now.
        code=next(iter(fields.values())),
        pool=renewal.hand_out.voucher.pool.name,
        asked_on=brussels_day(renewal.asked_at),
        last_day=last_day,
    )

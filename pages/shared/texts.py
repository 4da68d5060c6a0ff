"""How each state is worded, per audience (docs/ui.md); the ministry's internal words stay with the
ministry."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.days import in_words
from common.state_text import StateText
from pages.shared.request_facts import Fact, Happened
from vouchers.models import DivisionShare, HandOut, PupilLine, VoucherRequest
from vouchers.states import (
    ENDED_WITHOUT_COUNTING,
    DivisionRule,
    HandOutStage,
    LineState,
    RequestState,
    VoidReason,
)

# Requests


def request_for_coordinator(request: VoucherRequest) -> StateText:
    """What the coordinator reads. Needs `with_line_counts()`, `with_refusal()`, `with_letters()`
    and `period`."""
    match request.state:
        case RequestState.SUBMITTED:
            sentence = ngettext(
                "Verstuurd op {day}. We beslissen meestal binnen {n} werkdag.",
                "Verstuurd op {day}. We beslissen meestal binnen {n} werkdagen.",
                request.period.decision_days,
            )
            sent = in_words(request.submitted_at) if request.submitted_at else ""
            return StateText(sentence.format(day=sent, n=request.period.decision_days), "info")
        case RequestState.RETURNED:
            return StateText(
                _("Teruggestuurd: een vraag aan jou. Pas aan en verstuur opnieuw."), "warning"
            )
        case RequestState.DECIDED:
            return _decided_for_coordinator(request)
        case RequestState.WITHDRAWN:
            return StateText(_("Ingetrokken op {day}").format(day=_day(request.withdrawn_at)))
    return StateText(_("Nog niet verstuurd"), "warning")


def _decided_for_coordinator(request: VoucherRequest) -> StateText:
    granted, handed_out = request.granted, request.handed_out
    if not granted and request.refused:
        reason = (request.refusal or "").rstrip(".")
        return StateText(_("Niet goedgekeurd: {reason}.").format(reason=reason), "error")
    if not granted:
        return StateText(_("Afgesloten: deze golf is voorbij."))
    if not handed_out:
        sentence = ngettext(
            "Goedgekeurd voor {n} leerling. De codes volgen.",
            "Goedgekeurd voor {n} leerlingen. De codes volgen.",
            granted,
        )
        return StateText(sentence.format(n=granted), "info")
    if not request.works:
        return StateText(_("De codes zijn niet meer geldig."))
    if handed_out < granted:
        sentence = _(
            "Codes klaar voor {some} van {n} leerlingen: druk de brieven af. De rest volgt."
        )
        return StateText(sentence.format(some=handed_out, n=granted), "success")
    if not request.to_print:
        return StateText(_("Alle brieven zijn afgedrukt."), "success")
    return StateText(_("Codes klaar: druk de brieven af."), "success")


def request_for_officer(request: VoucherRequest, today: date) -> StateText:
    """What the ministry reads. Needs `with_line_counts()`."""
    match request.state:
        case RequestState.SUBMITTED:
            days = (today - _local_day(request.submitted_at)).days if request.submitted_at else 0
            if days <= 0:
                return StateText(_("Te beslissen, vandaag verstuurd"), "warning")
            sentence = ngettext("Te beslissen, {n} dag", "Te beslissen, {n} dagen", days)
            return StateText(sentence.format(n=days), "warning")
        case RequestState.RETURNED:
            return StateText(_("Wacht op de aanvrager"), "neutral")
        case RequestState.DECIDED:
            return _decided_for_officer(request)
        case RequestState.WITHDRAWN:
            return StateText(_("Ingetrokken"))
    return StateText(_("Nog niet verstuurd"))


def _decided_for_officer(request: VoucherRequest) -> StateText:
    waiting = request.waiting
    if waiting > 0:
        sentence = ngettext("{n} wacht op een code", "{n} wachten op codes", waiting)
        return StateText(sentence.format(n=waiting), "info")
    if request.granted:
        return StateText(_("Uitgereikt"), "success")
    if request.refused:
        return StateText(_("Geweigerd"), "error")
    return StateText(_("Gesloten"))


# Divisions of a shortage


def rule_in_words(rule: str) -> str:
    """What a rule does, in a sentence."""
    match rule:
        case DivisionRule.PROPORTIONAL:
            return _("Elke organisatie krijgt hetzelfde deel van wat ze vraagt.")
        case DivisionRule.BY_NEED:
            return _(
                "Elke school krijgt evenveel codes per 100 leerlingen, en nooit meer dan er "
                "gevraagd zijn. Kennen we haar aantal leerlingen niet, dan krijgt ze hetzelfde "
                "deel als alle scholen samen."
            )
    return _("Wie het eerst aanvroeg, krijgt het eerst codes, tot ze op zijn.")


def plan_in_words(rule: str, minimum: int) -> str:
    """A rule and its minimum: "naar verhouding, eerst elk 2 codes"."""
    name = str(DivisionRule(rule).label)
    if not minimum:
        return name
    return ngettext("{rule}, eerst elk {n} code", "{rule}, eerst elk {n} codes", minimum).format(
        rule=name, n=minimum
    )


def codes_now(codes: int) -> str:
    """How many codes there are for those who are waiting."""
    if not codes:
        return _("Er zijn nu geen codes.")
    sentence = ngettext("Er is nu {n} code.", "Er zijn nu {n} codes.", codes)
    return sentence.format(n=codes)


def share_for_officer(share: DivisionShare) -> str:
    """What a division gave to a request. Needs `division`."""
    division = share.division
    return _("Verdeeld op {day}, {rule}: {given} van {asked} codes, {waits} wachten.").format(
        day=in_words(division.made_at),
        rule=plan_in_words(division.rule, division.minimum),
        given=share.given,
        asked=share.asked,
        waits=share.waits,
    )


def share_for_coordinator(share: DivisionShare) -> str:
    """Why a request got fewer codes than pupils, and what happens next. Needs `division`."""
    why = _("Op {day} waren er te weinig codes voor iedereen.").format(
        day=in_words(share.division.made_at)
    )
    got = ngettext(
        "Je kreeg er {given} voor {asked} leerling.",
        "Je kreeg er {given} voor {asked} leerlingen.",
        share.asked,
    ).format(given=share.given, asked=share.asked)
    after = _("Wie nog wacht, komt het eerst aan de beurt als er nieuwe codes zijn.")
    return f"{why} {got} {after}"


# Codes of a request


def end_of_codes(fact: Fact) -> str:
    """How codes ended, in the same words for their asker and for the ministry."""
    n = fact.codes
    match fact.what:
        case Happened.GIVEN_BACK:
            sentence = ngettext("{n} code teruggegeven", "{n} codes teruggegeven", n)
        case Happened.PASSED_ON:
            sentence = ngettext(
                "{n} code aan een andere leerling gegeven",
                "{n} codes aan andere leerlingen gegeven",
                n,
            )
        case Happened.REPLACED:
            sentence = ngettext("{n} code vervangen: {why}", "{n} codes vervangen: {why}", n)
        case Happened.VOID:
            sentence = ngettext(
                "{n} code ongeldig gemaakt: {why}", "{n} codes ongeldig gemaakt: {why}", n
            )
        case _:
            sentence = ngettext("{n} code teruggenomen", "{n} codes teruggenomen", n)
    return sentence.format(n=n, why=VoidReason(fact.void_reason).label if fact.void_reason else "")


# Pupils


def pupil_for_coordinator(
    line: PupilLine, hand_out: HandOut | None, today: date, refusal: str = ""
) -> StateText:
    """What the coordinator reads about one pupil. The hand-out needs `with_last_day()` and
    `with_activation()`; `refusal` is the reason of a refused line."""
    match line.state:
        case LineState.DRAFT:
            return StateText(_("Nog niet verstuurd"))
        case LineState.ASKED:
            return StateText(_("Gevraagd, nog niet beslist"), "info")
        case LineState.REFUSED:
            reason = refusal.rstrip(".")
            return StateText(_("Niet goedgekeurd: {reason}.").format(reason=reason), "error")
        case LineState.WITHDRAWN:
            return StateText(_("Ingetrokken op {day}").format(day=_day(line.withdrawn_at)))
        case LineState.CLOSED:
            return StateText(_("Afgesloten op {day}").format(day=_day(line.closed_at)))
    if hand_out is None or hand_out.end_reason in ENDED_WITHOUT_COUNTING:
        return StateText(_("Goedgekeurd, de code volgt"), "info")
    if hand_out.stage == HandOutStage.VOIDED:
        reason = hand_out.voucher.get_void_reason_display()
        return StateText(
            _("Code werkt niet: {reason}. Een nieuwe volgt.").format(reason=reason), "warning"
        )
    return hand_out_for_coordinator(hand_out, today)


def hand_out_for_coordinator(hand_out: HandOut, today: date) -> StateText:
    """What the coordinator reads about a code. Needs `with_last_day()` and `with_activation()`."""
    ended = {
        HandOutStage.RECLAIMED: _("Teruggenomen, niet gebruikt"),
        HandOutStage.REASSIGNED: _("Naar een andere leerling gegaan"),
        HandOutStage.REPLACED: _("Vervangen door een nieuwe code"),
    }
    if hand_out.stage in ended:
        return StateText(ended[HandOutStage(hand_out.stage)])
    if hand_out.stage == HandOutStage.VOIDED:
        reason = hand_out.voucher.get_void_reason_display()
        return StateText(_("Code werkt niet: {reason}.").format(reason=reason), "error")
    if hand_out.last_day < today:
        since = in_words(hand_out.last_day + timedelta(days=1))
        return StateText(_("Niet meer geldig sinds {day}.").format(day=since), "error")
    if hand_out.active_since:
        until = in_words(hand_out.last_day)
        return StateText(_("In gebruik tot {day}").format(day=until), "success")
    match hand_out.stage:
        case HandOutStage.GIVEN:
            return StateText(_("Meegegeven, nog niet gebruikt"), "info")
        case HandOutStage.REVEALED:
            return StateText(_("Afgedrukt, nog niet meegegeven"), "warning")
    return StateText(_("Brief nog niet afgedrukt"), "warning")


def _count(request: VoucherRequest, name: str) -> int:
    return int(getattr(request, name))


def _local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _day(moment: datetime | None) -> str:
    return in_words(moment) if moment else ""

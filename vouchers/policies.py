"""May this person do this to this, now? Each check raises Refused with a sentence for them.

Actions ask inside their transaction and templates ask the same for a button (`allowed`), so that
button and action cannot disagree.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import MINISTRY, Admission, Role, User
from common.days import in_words
from common.refused import Refused
from schools.models import Organisation
from vouchers.models import (
    Activation,
    Alert,
    HandOut,
    Job,
    Mail,
    Period,
    PoolExtension,
    Provider,
    ProviderFile,
    PupilLine,
    ReclaimNotice,
    Renewal,
    Voucher,
    VoucherRequest,
)
from vouchers.states import (
    EDITABLE_REQUESTS,
    FileKind,
    FileState,
    JobState,
    LineState,
    MailState,
    RequestState,
    VoucherState,
)

DAYS_OFF = timedelta(days=settings.ADMISSION_LIMITS["days_off"])


def check_is_ministry(user: User) -> None:
    """Only people of the ministry."""
    if not user.is_ministry:
        raise Refused(_("Alleen het ministerie kan dit doen."), code="ministry-only")


def check_reads_figures(user: User) -> None:
    """Only people who work at the ministry, analysts included."""
    if not user.works_at_ministry:
        raise Refused(_("Alleen het ministerie kan dit doen."), code="ministry-only")


def check_is_supervising(user: User) -> None:
    """Only a supervisor or an administrator changes what holds for everybody."""
    check_is_ministry(user)
    if not user.is_supervising:
        raise Refused(
            _("Alleen een leidinggevende of een beheerder kan dit veranderen."),
            code="supervisor-only",
        )


def check_can_rotate_keys(user: User) -> None:
    """Only an administrator, who looks after the keys."""
    if user.role != Role.ADMINISTRATOR:
        raise Refused(
            _("Alleen een beheerder kan de sleutels wisselen."), code="administrator-only"
        )


def check_can_hand_out(user: User, request: VoucherRequest) -> None:
    """The ministry hands out codes for a request that has been decided."""
    check_is_ministry(user)
    if request.state != RequestState.DECIDED:
        raise Refused(
            _("Over aanvraag {request} is nog niet beslist. Beslis eerst, reik dan uit.").format(
                request=request.label
            ),
            code="request-not-decided",
        )


def check_did_not_admit(user: User, organisation: Organisation, now: datetime) -> None:
    """Who let somebody into an organisation does not give it codes too: for thirty days a colleague
    decides and hands out there (ADR 36)."""
    mine = Admission.objects.lately_by(user, now).filter(organisation=organisation)
    latest = mine.select_related("who").order_by("-admitted_at").first()
    if latest is None:
        return
    others = _who_did_not_admit([organisation.pk], now)
    raise Refused(
        _(
            "Jij liet {person} toe bij {organisation}, op {day}. Tot en met {until} beslist een "
            "collega over deze organisatie en reikt die de codes uit: {others}."
        ).format(
            person=latest.who,
            organisation=organisation,
            day=in_words(latest.admitted_at),
            until=in_words(latest.admitted_at + DAYS_OFF),
            others=", ".join(others) or _("vraag een beheerder om iemand uit te nodigen"),
        ),
        code="admitted-lately",
    )


def check_can_divide(user: User, period: Period, now: datetime) -> None:
    """A division weighs everybody who waits, so who let somebody in there lately does not make it:
    leaving those organisations out would change what the others get."""
    lately = admitted_lately(user, now)
    waiting = PupilLine.objects.waiting_in(period).filter(organisation__in=lately)
    places = sorted(map(str, Organisation.objects.filter(pk__in=waiting.values("organisation"))))
    if places:
        others = _who_did_not_admit(lately, now)
        raise Refused(
            _(
                "Jij liet de voorbije {n} dagen iemand toe bij {places}. Een collega verdeelt deze "
                "golf: {others}."
            ).format(
                n=DAYS_OFF.days,
                places=", ".join(places[:3]),
                others=", ".join(others) or _("vraag een beheerder om iemand uit te nodigen"),
            ),
            code="admitted-lately",
        )


def admitted_lately(user: User, now: datetime) -> frozenset[int]:
    """The organisations (ids) that this person leaves to a colleague for now."""
    found = Admission.objects.lately_by(user, now)
    return frozenset(found.values_list("organisation", flat=True))


def _who_did_not_admit(organisations: Collection[int], now: datetime) -> list[str]:
    """The names of some who may decide there instead."""
    since = now - DAYS_OFF
    lately = Admission.objects.filter(organisation__in=organisations, admitted_at__gt=since)
    hands = {hand for pair in lately.values_list("admitted_by", "let_go_by") for hand in pair}
    people = User.objects.filter(role__in=MINISTRY, is_active=True)
    free = people.exclude(pk__in=hands - {None}).order_by("name", "pk")
    return [person.name for person in free[:3]]


def check_can_hand_out_period(user: User, period: Period, waiting: int) -> None:
    """The ministry hands out for a whole period that is not closed and in which pupils wait.

    waiting: how many, as counted by the caller.
    """
    check_is_ministry(user)
    if period.closed_at is not None:
        raise Refused(
            _("{period} is gesloten: wie nog wachtte, krijgt geen code meer in deze golf.").format(
                period=period
            ),
            code="period-closed",
        )
    if not waiting:
        raise Refused(
            _("In {period} wacht niemand op een code. Keur eerst aanvragen goed.").format(
                period=period
            ),
            code="nobody-waits",
        )


def check_can_reveal(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked see a code; the ministry never does (rule 4)."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan ze bekijken.")
    )


def check_can_mark_given(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked can say that a letter was given."""
    _check_own_hand_outs(
        user,
        hand_outs,
        _("Alleen de organisatie die de codes vroeg, kan zeggen dat ze meegegeven zijn."),
    )


def _check_own_hand_outs(user: User, hand_outs: Collection[HandOut], sentence: str) -> None:
    own = set(Organisation.objects.visible_to(user).values_list("pk", flat=True))
    if user.role != Role.COORDINATOR or any(
        hand_out.line.organisation_id not in own for hand_out in hand_outs
    ):
        raise Refused(sentence, code="not-yours")


def check_can_reclaim(user: User, hand_outs: Collection[HandOut]) -> None:
    """The ministry takes back codes that nobody has seen and no provider has reported in use."""
    check_is_ministry(user)
    used = Activation.objects.standing().filter(hand_out__in=hand_outs).count()
    if used:
        raise Refused(
            ngettext(
                "{used} van deze codes is al in gebruik volgens de provider. Zoek eerst uit wie.",
                "{used} van deze codes zijn al in gebruik volgens de provider. Zoek eerst uit wie.",
                used,
            ).format(used=used),
            code="code-already-used",
        )
    vouchers = [hand_out.voucher_id for hand_out in hand_outs]
    found = HandOut.objects.seen().filter(voucher__in=vouchers)
    seen = found.values("voucher").distinct().count()
    if seen:
        raise Refused(
            ngettext(
                "{seen} van deze codes is al bekeken en blijft daar. Haal ze uit je selectie.",
                "{seen} van deze codes zijn al bekeken en blijven daar. Haal ze uit je selectie.",
                seen,
            ).format(seen=seen),
            code="code-seen",
        )


def check_can_set_reclaim(user: User, period: Period) -> None:
    """A supervisor decides whether unseen codes go back automatically, in a period not closed."""
    check_is_supervising(user)
    if period.closed_at is not None:
        raise Refused(
            _("{period} is gesloten: hier gaan geen codes meer vanzelf terug.").format(
                period=period
            ),
            code="period-closed",
        )


def check_can_keep_codes(user: User, notice: ReclaimNotice) -> None:
    """Coordinators of the organisation keep announced codes, until they have gone back."""
    check_acts_for(user, notice.request.organisation)
    if notice.ended_at is not None:
        raise Refused(
            _("Deze codes zijn al teruggenomen. Heb je ze toch nodig, vraag ze dan opnieuw aan."),
            code="codes-taken-back",
        )
    if notice.kept_at is not None:
        raise Refused(
            _("Een collega zei al dat jullie deze codes nog gebruiken."), code="codes-kept"
        )
    if not notice.is_open:
        raise Refused(
            _("Deze codes worden niet meer teruggenomen. Je hoeft niets te doen."),
            code="not-reclaimed",
        )


def check_can_replace(user: User, hand_out: HandOut) -> None:
    """The ministry replaces a code that its pupil still has."""
    check_is_ministry(user)
    if hand_out.ended_at is not None:
        raise Refused(
            _("Deze code is niet meer bij deze leerling. Er valt niets te vervangen."),
            code="hand-out-ended",
        )


def check_can_say_not_given(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked, and only while no family uses the code."""
    _check_own_hand_outs(
        user,
        hand_outs,
        _("Alleen de organisatie die de codes vroeg, kan zeggen dat ze niet meegegeven zijn."),
    )
    _check_not_in_use(
        hand_outs, _("{n} van deze codes: al in gebruik bij het gezin, dus meegegeven.")
    )


def _check_not_in_use(hand_outs: Collection[HandOut], sentence: str) -> None:
    used = Activation.objects.standing().filter(hand_out__in=hand_outs).count()
    if used:
        raise Refused(sentence.format(n=used), code="code-already-used")


def check_can_give_away(user: User, hand_out: HandOut) -> None:
    """Only people of the organisation that asked give a code to another pupil, while they still
    have its letter and nobody uses it."""
    _check_own_hand_outs(
        user, [hand_out], _("Alleen de organisatie die de code vroeg, kan ze doorgeven.")
    )
    if hand_out.ended_at is not None:
        raise Refused(
            _("Deze code is niet meer bij deze leerling. Laad de pagina opnieuw."),
            code="hand-out-ended",
        )
    if hand_out.given_at is not None:
        raise Refused(
            _(
                "De brief is al meegegeven. Kreeg het gezin hem toch niet, zeg dat dan eerst bij "
                "Gezinnen. Heeft het gezin de code niet nodig, geef ze dan terug."
            ),
            code="letter-given",
        )
    _check_not_in_use([hand_out], _("Deze code is al in gebruik en blijft bij deze leerling."))


def check_can_give_to(hand_out: HandOut, line: PupilLine) -> None:
    """The other pupil waits for a code at the same organisation, and may have one from
    this pool."""
    waits = PupilLine.objects.waiting().filter(pk=line.pk).exists()
    if line.organisation_id != hand_out.line.organisation_id or not waits:
        raise Refused(
            _("Deze leerling wacht niet meer op een code. Kies een andere."), code="nobody-waits"
        )
    if not PupilLine.objects.could_take(hand_out.voucher.pool).filter(pk=line.pk).exists():
        raise Refused(
            _("Deze leerling kan geen code van {provider} krijgen. Kies een andere.").format(
                provider=hand_out.voucher.provider
            ),
            code="other-provider-wished",
        )


def check_can_give_back(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked give codes back, and none that is in use."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan ze teruggeven.")
    )
    _check_not_in_use(
        hand_outs, _("{n} van deze codes: al in gebruik bij het gezin. Haal ze uit je keuze.")
    )


def check_can_ask_replacement(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked for the codes ask for replacements."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan nieuwe vragen.")
    )
    if any(hand_out.ended_at for hand_out in hand_outs):
        raise Refused(
            _("Een van deze codes is er niet meer. Laad de pagina opnieuw."), code="hand-out-ended"
        )
    if any(hand_out.revealed_at is None for hand_out in hand_outs):
        raise Refused(
            _(
                "Van een van deze codes is de brief nog niet afgedrukt. Druk hem af, en vraag pas "
                "een nieuwe code als ze niet werkt."
            ),
            code="letter-not-printed",
        )


def check_can_withdraw_extension(user: User, extension: PoolExtension) -> None:
    """The ministry withdraws an extension that it recorded by mistake, once."""
    check_is_ministry(user)
    if extension.withdrawn_at is not None:
        raise Refused(_("Deze verlenging is al teruggedraaid."), code="extension-withdrawn")


def check_can_close_period(user: User, period: Period) -> None:
    """The ministry closes a period once no request waits for a decision."""
    check_is_ministry(user)
    if period.closed_at is not None:
        raise Refused(_("{period} is al gesloten.").format(period=period), code="period-closed")
    undecided = period.requests.awaiting_decision().count()
    if undecided:
        raise Refused(
            ngettext(
                "In {period} wacht nog {n} aanvraag op een beslissing. Beslis die eerst.",
                "In {period} wachten nog {n} aanvragen op een beslissing. Beslis ze eerst.",
                undecided,
            ).format(period=period, n=undecided),
            code="requests-undecided",
        )


def check_can_erase(user: User, period: Period, since: date, today: date) -> None:
    """The ministry erases a closed period, some months after the last valid day of its codes.

    since: the first day on which it may be erased.
    """
    check_is_ministry(user)
    if period.erased_at is not None:
        raise Refused(_("{period} is al gewist.").format(period=period), code="period-erased")
    if period.closed_at is None:
        raise Refused(
            _("{period} is nog niet gesloten. Sluit de golf eerst.").format(period=period),
            code="period-open",
        )
    if today < since:
        raise Refused(
            _("{period} wissen kan vanaf {day}: zo lang bewaren we de codes nog.").format(
                period=period, day=in_words(since)
            ),
            code="too-early-to-erase",
        )
    asked = Renewal.objects.open().filter(hand_out__line__period=period).count()
    if asked:
        raise Refused(
            ngettext(
                "In {period} loopt nog {n} verlenging. Rond ze eerst af.",
                "In {period} lopen nog {n} verlengingen. Rond ze eerst af.",
                asked,
            ).format(period=period, n=asked),
            code="renewals-open",
        )


def check_not_erased(hand_outs: Collection[HandOut]) -> None:
    """The codes of these hand-outs can still be opened."""
    erased = sum(hand_out.voucher.is_erased for hand_out in hand_outs)
    if erased:
        raise Refused(
            ngettext(
                "{n} van deze codes is gewist, een tijd na haar laatste geldige dag.",
                "{n} van deze codes zijn gewist, een tijd na hun laatste geldige dag.",
                erased,
            ).format(n=erased),
            code="code-erased",
        )


# Requests: the organisation asks, the ministry decides.


def check_acts_for(user: User, organisation: Organisation) -> None:
    """Only a coordinator of this organisation acts for it; not even the ministry does."""
    own = user.role == Role.COORDINATOR and user.is_active
    if not (own and user.memberships.filter(organisation=organisation).exists()):
        raise Refused(
            _("Je kan dit alleen doen voor een organisatie waarvoor jij werkt."), code="not-yours"
        )


def check_can_edit(user: User, request: VoucherRequest) -> None:
    """Coordinators of the organisation change a request that was not sent, or that came back."""
    check_acts_for(user, request.organisation)
    if request.state == RequestState.WITHDRAWN:
        raise Refused(
            _("Aanvraag {request} is ingetrokken. Maak een nieuwe aanvraag.").format(
                request=request.label
            ),
            code="request-withdrawn",
        )
    if request.state not in EDITABLE_REQUESTS:
        raise Refused(
            _("Aanvraag {request} is al verstuurd. Je kan ze niet meer aanpassen.").format(
                request=request.label
            ),
            code="request-sent",
        )


def check_can_submit(user: User, request: VoucherRequest) -> None:
    """Coordinators of the organisation send a request that was not sent, or that came back."""
    check_can_edit(user, request)


def check_can_withdraw(user: User, request: VoucherRequest) -> None:
    """Coordinators of the organisation withdraw a request that was sent but not decided."""
    check_acts_for(user, request.organisation)
    if request.state == RequestState.DRAFT:
        raise Refused(
            _("Deze aanvraag is nog niet verstuurd. Je kan ze weggooien."), code="request-not-sent"
        )
    if request.state == RequestState.WITHDRAWN:
        raise Refused(
            _("Aanvraag {request} is al ingetrokken.").format(request=request.label),
            code="request-withdrawn",
        )
    if request.state == RequestState.DECIDED:
        raise Refused(
            _("Over aanvraag {request} is al beslist. Intrekken kan niet meer.").format(
                request=request.label
            ),
            code="request-decided",
        )


def check_can_throw_away(user: User, request: VoucherRequest) -> None:
    """Coordinators of the organisation delete a request that was never sent."""
    check_acts_for(user, request.organisation)
    if request.state != RequestState.DRAFT:
        raise Refused(
            _("Aanvraag {request} is al verstuurd. Weggooien kan niet meer.").format(
                request=request.label
            ),
            code="request-sent",
        )


def check_can_decide(user: User, request: VoucherRequest) -> None:
    """The ministry decides on a request that was sent."""
    check_is_ministry(user)
    if request.state == RequestState.DECIDED:
        raise Refused(
            _("Over {request} is al beslist.").format(request=request.label), code="request-decided"
        )
    if request.state != RequestState.SUBMITTED:
        raise Refused(
            _("Aanvraag {request} wacht niet op een beslissing. Open ze opnieuw.").format(
                request=request.label
            ),
            code="request-not-waiting",
        )


def check_can_return(user: User, request: VoucherRequest) -> None:
    """The ministry returns a request with a question, as long as it has not decided."""
    check_can_decide(user, request)


def check_can_undo_decision(user: User, request: VoucherRequest) -> None:
    """The ministry undoes its decision as long as no pupil of the request ever got a code or was
    closed."""
    check_is_ministry(user)
    if request.state != RequestState.DECIDED:
        raise Refused(
            _("Over aanvraag {request} is niet beslist. Er is niets om ongedaan te maken.").format(
                request=request.label
            ),
            code="request-not-decided",
        )
    if HandOut.objects.filter(line__request=request).exists():
        raise Refused(
            _(
                "Voor aanvraag {request} zijn al codes uitgereikt. De beslissing blijft staan."
            ).format(request=request.label),
            code="codes-handed-out",
        )
    if request.period.erased_at or request.lines.filter(state=LineState.CLOSED).exists():
        raise Refused(
            _("De golf van aanvraag {request} is gesloten. De beslissing blijft staan.").format(
                request=request.label
            ),
            code="period-closed",
        )


def _check_works_for(user: User, provider: Provider, sentence: str) -> None:
    own = user.role == Role.PROVIDER and Provider.objects.visible_to(user).filter(pk=provider.pk)
    if not own:
        raise Refused(sentence, code="not-yours")


def check_can_deliver(user: User, provider: Provider, kind: str) -> None:
    """The ministry loads codes; the provider, or the ministry for it, reports activations."""
    if user.is_ministry:
        return
    if kind == FileKind.CODES:
        raise Refused(
            _("Codes laadt het ministerie. Bezorg het bestand aan je contact daar."),
            code="ministry-only",
        )
    _check_works_for(user, provider, _("Je kan alleen bestanden van je eigen provider bezorgen."))


def check_can_undo(user: User, file: ProviderFile) -> None:
    """An applied file can be undone; one with codes only while none of them ever left."""
    check_can_deliver(user, file.provider, file.kind)
    if file.state != FileState.APPLIED:
        raise Refused(
            _("Alleen een toegepast bestand kan ongedaan gemaakt worden."), code="file-not-applied"
        )
    if file.kind == FileKind.CODES:
        _check_never_left(file)


def _check_never_left(file: ProviderFile) -> None:
    live = HandOut.objects.live().filter(voucher__file=file).count()
    if live:
        raise Refused(
            ngettext(
                "{n} code van dit bestand is al uitgereikt. Neem ze eerst terug.",
                "{n} codes van dit bestand zijn al uitgereikt. Neem ze eerst terug.",
                live,
            ).format(n=live),
            code="codes-handed-out",
        )
    touched = file.vouchers.touched().count()
    if touched:
        raise Refused(
            ngettext(
                "{n} code van dit bestand is al gezien of gebruikt. Maak de codes die niet kloppen "
                "ongeldig in hun voorraad.",
                "{n} codes van dit bestand zijn al gezien of gebruikt. Maak de codes die niet "
                "kloppen ongeldig in hun voorraad.",
                touched,
            ).format(n=touched),
            code="code-seen",
        )


def check_can_ask_renewal(user: User, hand_outs: Collection[HandOut]) -> None:
    """Only people of the organisation that asked for the codes ask to renew them."""
    _check_own_hand_outs(
        user, hand_outs, _("Alleen de organisatie die de codes vroeg, kan ze laten verlengen.")
    )


def check_can_carry_out_renewals(user: User, provider: Provider) -> None:
    """Only people of the provider that delivered the codes; the ministry never sees a code."""
    _check_works_for(user, provider, _("Alleen de provider van deze codes kan ze verlengen."))


def check_failed_for(user: User, job: Job) -> None:
    """The job failed and this person can see it; who may ask for it again depends on its kind."""
    if job.state != JobState.FAILED or not Job.objects.visible_to(user).filter(pk=job.pk).exists():
        raise Refused(_("Deze taak kan je niet opnieuw starten."), code="job-not-failed")


def check_can_send_again(user: User, mail: Mail) -> None:
    """The ministry resends a mail that did not leave, to somebody who can sign in."""
    check_is_ministry(user)
    if mail.state != MailState.FAILED:
        raise Refused(
            _("Deze mail wacht niet op jou: hij is vertrokken of vertrekt nog."),
            code="mail-not-failed",
        )
    if not mail.body:
        raise Refused(
            _("De tekst van deze mail is gewist. Hij kan niet meer vertrekken."), code="mail-erased"
        )
    if not mail.recipient.is_active:
        raise Refused(
            _("{person} is geblokkeerd en krijgt geen mails.").format(person=mail.recipient),
            code="person-blocked",
        )


# Watching: the ministry holds codes, looks them up and handles alerts.


def check_can_hold(user: User, voucher: Voucher) -> None:
    """The ministry holds a code that is in stock."""
    check_is_ministry(user)
    if voucher.state == VoucherState.OUT:
        raise Refused(
            _(
                "Deze code is uitgereikt en ligt niet meer in de voorraad. Is er iets mis mee, "
                "maak ze dan ongeldig of vervang ze."
            ),
            code="codes-handed-out",
        )
    if voucher.state == VoucherState.VOID:
        raise Refused(_("Deze code is al ongeldig. Niemand krijgt ze nog."), code="code-void")
    if voucher.state == VoucherState.HELD:
        raise Refused(_("Deze code wordt al vastgehouden."), code="code-held")


def check_can_release(user: User, voucher: Voucher) -> None:
    """The ministry releases a held code back into stock."""
    check_is_ministry(user)
    if voucher.state != VoucherState.HELD:
        raise Refused(
            _("Deze code wordt niet vastgehouden. Er valt niets vrij te geven."),
            code="code-not-held",
        )


def check_can_look_up(user: User, last_hour: int) -> None:
    """The ministry looks up codes, within a limit that rules out guessing.

    last_hour: how many this person looked up in the last hour, unknown ones of lists included.
    """
    check_is_ministry(user)
    limit = settings.WATCH_LIMITS["look_ups_an_hour"]
    if last_hour >= limit:
        raise Refused(
            _(
                "Je zocht in het voorbije uur {n} codes op. Meer kan niet: probeer later opnieuw."
            ).format(n=limit),
            code="too-many-look-ups",
        )


def check_can_handle(user: User, alert: Alert) -> None:
    """The ministry handles an open alert, but nobody one about themselves, or about somebody whom
    they let in."""
    check_is_ministry(user)
    _check_not_about(user, alert)
    if not alert.is_open:
        raise Refused(_("Deze melding wacht op niemand meer."), code="alert-not-open")


def check_can_reopen(user: User, alert: Alert) -> None:
    """The ministry reopens a handled alert, but nobody one about themselves or whom they let in."""
    check_is_ministry(user)
    _check_not_about(user, alert)
    if alert.handled_at is None:
        raise Refused(
            _("Alleen een melding die afgehandeld is, kan je heropenen."), code="alert-not-handled"
        )


def _check_not_about(user: User, alert: Alert) -> None:
    if alert.about_id == user.pk:
        raise Refused(
            _("Deze melding gaat over jou. Een collega handelt ze af."), code="alert-about-you"
        )
    if user.pk in alert.let_in_by:
        raise Refused(
            _("Deze melding gaat over iemand die jij toeliet. Een collega handelt ze af."),
            code="alert-about-you",
        )

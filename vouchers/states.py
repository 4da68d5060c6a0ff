"""The states (docs/rules.md#states): choices, tables of moves, named sets.

Imports nothing but Django. The database's guards are made from these tables
(`vouchers.database.guards`). Tested in `vouchers.database.tests.test_guards`,
`vouchers.database.tests.test_voucher_moves`, `vouchers.actions.requests.tests.test_request_moves`.
"""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

Moves = frozenset[tuple[str, str]]


def moves(*rows: tuple[Iterable[str], Iterable[str]]) -> Moves:
    """The (from, to) pairs of rows that each name some states before and some after."""
    return frozenset((str(a), str(b)) for before, after in rows for a in before for b in after)


class VoucherState(TextChoices):
    """Where a code is."""

    AVAILABLE = "AVAILABLE", _("beschikbaar")
    OUT = "OUT", _("uitgereikt")
    HELD = "HELD", _("vastgehouden")
    VOID = "VOID", _("ongeldig")


class VoidReason(TextChoices):
    """Why a code can never be used again."""

    FAULTY = "FAULTY", _("werkt niet")
    LOST = "LOST", _("verloren")
    RETURNED = "RETURNED", _("teruggegeven")
    WITHDRAWN = "WITHDRAWN", _("ingetrokken door de provider")
    UNDONE = "UNDONE", _("bestand ongedaan gemaakt")


# Chosen by the ministry for a code that does not work; the other reasons follow from an action.
REASONS_TO_VOID = (VoidReason.FAULTY, VoidReason.LOST, VoidReason.WITHDRAWN)


class HandOutStage(TextChoices):
    """What happened to a hand-out, as the database derives it from the columns."""

    HANDED_OUT = "HANDED_OUT", _("uitgereikt")
    REVEALED = "REVEALED", _("bekeken")
    GIVEN = "GIVEN", _("meegegeven")
    RECLAIMED = "RECLAIMED", _("teruggenomen")
    REASSIGNED = "REASSIGNED", _("aan een andere leerling gegeven")
    REPLACED = "REPLACED", _("vervangen")
    VOIDED = "VOIDED", _("ongeldig")


class EndReason(TextChoices):
    """How a hand-out ends."""

    RECLAIMED = "RECLAIMED", _("teruggenomen")
    REASSIGNED = "REASSIGNED", _("aan een andere leerling gegeven")
    REPLACED = "REPLACED", _("vervangen")
    VOIDED = "VOIDED", _("ongeldig")


# A hand-out that ended in one of these ways does not count: the pupil never had the code
# (docs/rules.md#figures). For the same reason one that ended unseen counts in no figure, whatever
# ended it (`reports.line_status`).
ENDED_WITHOUT_COUNTING = frozenset({EndReason.RECLAIMED, EndReason.REASSIGNED})
# The same as SQL, between the brackets of IN.
WITHOUT_COUNTING = ", ".join(sorted(f"'{reason.value}'" for reason in ENDED_WITHOUT_COUNTING))


class LineState(TextChoices):
    """What became of one pupil in a request."""

    DRAFT = "DRAFT", _("nog niet verstuurd")
    ASKED = "ASKED", _("gevraagd")
    GRANTED = "GRANTED", _("goedgekeurd")
    REFUSED = "REFUSED", _("niet goedgekeurd")
    WITHDRAWN = "WITHDRAWN", _("ingetrokken")
    CLOSED = "CLOSED", _("gesloten")


class RequestState(TextChoices):
    """Where a request is; partly granted, waiting and served are counts of its lines."""

    DRAFT = "DRAFT", _("nog niet verstuurd")
    SUBMITTED = "SUBMITTED", _("verstuurd")
    RETURNED = "RETURNED", _("teruggestuurd")
    DECIDED = "DECIDED", _("beslist")
    WITHDRAWN = "WITHDRAWN", _("ingetrokken")


class RenewalState(TextChoices):
    ASKED = "ASKED", _("gevraagd")
    PASSED = "PASSED", _("klaar voor de provider")
    SENT = "SENT", _("bij de provider")
    CONFIRMED = "CONFIRMED", _("verlengd")
    REFUSED = "REFUSED", _("niet verlengd")


class FileState(TextChoices):
    RECEIVED = "RECEIVED", _("ontvangen")
    CHECKED = "CHECKED", _("nagekeken")
    APPLIED = "APPLIED", _("toegepast")
    REFUSED = "REFUSED", _("geweigerd")
    UNDONE = "UNDONE", _("ongedaan gemaakt")


class JobState(TextChoices):
    """How far work that outlives a page view has got."""

    QUEUED = "QUEUED", _("wacht")
    RUNNING = "RUNNING", _("bezig")
    DONE = "DONE", _("klaar")
    FAILED = "FAILED", _("mislukt")


class MailState(TextChoices):
    """Where a mail is; DROPPED: never sent, because what it says is no longer so."""

    QUEUED = "QUEUED", _("wacht")
    SENT = "SENT", _("verstuurd")
    FAILED = "FAILED", _("niet vertrokken")
    DROPPED = "DROPPED", _("niet meer nodig")


V, L, R, N, F, J = VoucherState, LineState, RequestState, RenewalState, FileState, JobState
M = MailState

VOUCHER_BIRTHS = frozenset({V.AVAILABLE})
VOUCHER_MOVES = moves(
    ([V.AVAILABLE], [V.OUT, V.HELD]),
    ([V.OUT, V.HELD], [V.AVAILABLE]),
    ([V.AVAILABLE, V.OUT, V.HELD], [V.VOID]),
)
LINE_BIRTHS = frozenset({L.DRAFT})
LINE_MOVES = moves(
    ([L.DRAFT], [L.ASKED]),
    ([L.ASKED], [L.GRANTED, L.REFUSED, L.WITHDRAWN, L.CLOSED]),
    ([L.GRANTED, L.REFUSED], [L.ASKED]),
    ([L.GRANTED], [L.CLOSED, L.WITHDRAWN]),
)
REQUEST_BIRTHS = frozenset({R.DRAFT})
REQUEST_MOVES = moves(
    ([R.DRAFT, R.RETURNED, R.DECIDED], [R.SUBMITTED]),
    ([R.SUBMITTED], [R.DECIDED, R.RETURNED]),
    ([R.DRAFT, R.SUBMITTED, R.RETURNED], [R.WITHDRAWN]),
)
RENEWAL_BIRTHS = frozenset({N.ASKED})
RENEWAL_MOVES = moves(
    ([N.ASKED], [N.PASSED, N.REFUSED]),
    ([N.PASSED], [N.SENT, N.REFUSED]),
    ([N.SENT], [N.CONFIRMED, N.REFUSED]),
)
FILE_BIRTHS = frozenset({F.RECEIVED})
FILE_MOVES = moves(
    ([F.RECEIVED], [F.CHECKED, F.REFUSED]),
    ([F.CHECKED], [F.APPLIED, F.REFUSED]),
    ([F.APPLIED], [F.UNDONE]),
)
JOB_BIRTHS = frozenset({J.QUEUED})
JOB_MOVES = moves(
    ([J.QUEUED], [J.RUNNING]),
    ([J.RUNNING], [J.DONE, J.FAILED, J.QUEUED]),
    ([J.FAILED], [J.QUEUED]),
)
MAIL_BIRTHS = frozenset({M.QUEUED})
MAIL_MOVES = moves(
    ([M.QUEUED], [M.SENT, M.FAILED, M.DROPPED]),
    ([M.FAILED], [M.QUEUED, M.DROPPED]),
)

# Named sets, so that a query reads as the question it answers.
STANDING_LINES = frozenset({L.ASKED, L.GRANTED})
EDITABLE_REQUESTS = frozenset({R.DRAFT, R.RETURNED})
OPEN_RENEWALS = frozenset({N.ASKED, N.PASSED, N.SENT})
UNFINISHED_JOBS = frozenset({J.QUEUED, J.RUNNING})
UNSENT_MAILS = frozenset({M.QUEUED, M.FAILED})
# Files not undone or discarded: the same content again is the same file.
STANDING_FILES = frozenset({F.RECEIVED, F.CHECKED, F.APPLIED})


# What stands in place of a text that somebody typed, once its period is erased (ADR 37). Not empty:
# a refusal still says that it had a reason.
ERASED_TEXT = "–"


class Wish(TextChoices):
    """What an asker wants as to the provider."""

    NONE = "NONE", _("geen voorkeur")
    PREFER = "PREFER", _("liever deze provider")
    ONLY = "ONLY", _("alleen deze provider")


class Basis(TextChoices):
    """Whom a period is for."""

    NEED = "NEED", _("leerlingen zonder internet thuis")
    # Not in use yet: the choice exists, but no page offers it and no action hands out by it.
    ENROLMENT = "ENROLMENT", _("elke ingeschreven student")


class DivisionRule(TextChoices):
    """How codes are divided when there are too few (ADR 24)."""

    FIRST_COME = "FIRST_COME", _("wie eerst komt")
    PROPORTIONAL = "PROPORTIONAL", _("naar verhouding")
    BY_NEED = "BY_NEED", _("naar aantal leerlingen van de school")


class RenewalRule(TextChoices):
    """What a pool's agreement says about renewing an activated code."""

    NEVER = "NEVER", _("niet mogelijk")
    BY_OFFICER = "BY_OFFICER", _("na akkoord van het ministerie")
    AT_ONCE = "AT_ONCE", _("op eenvoudige vraag")


class Channel(TextChoices):
    """The ways in which a code leaves the portal, each recorded as a reveal (rule 4)."""

    # PAGE, ENROLMENT and RECEIPT are not in use yet: codes leave by letter and renewal list.
    PAGE = "PAGE", _("op het scherm")
    LETTER = "LETTER", _("brief")
    ENROLMENT = "ENROLMENT", _("antwoord bij inschrijving")
    RECEIPT = "RECEIPT", _("ontvangstbewijs")
    RENEWAL_LIST = "RENEWAL_LIST", _("verlenglijst")


class MailKind(TextChoices):
    """What a mail is about. Its texts: templates/mail/, under this name in lower case."""

    RECEIVED = "RECEIVED", _("aanvraag ontvangen")
    RETURNED = "RETURNED", _("vraag aan de aanvrager")
    DECIDED = "DECIDED", _("beslissing")
    DECISION_UNDONE = "DECISION_UNDONE", _("beslissing ingetrokken")
    CODES_READY = "CODES_READY", _("codes klaar")
    REMINDER = "REMINDER", _("herinnering")
    RENEWED = "RENEWED", _("verlengd")
    NOT_RENEWED = "NOT_RENEWED", _("niet verlengd")
    RECLAIM_NOTICE = "RECLAIM_NOTICE", _("aankondiging dat we codes terugnemen")
    RECLAIMED = "RECLAIMED", _("codes teruggenomen")
    ALERT = "ALERT", _("nieuwe melding")


class HolidayKind(TextChoices):
    AUTUMN = "AUTUMN", _("herfstvakantie")
    CHRISTMAS = "CHRISTMAS", _("kerstvakantie")
    CROCUS = "CROCUS", _("krokusvakantie")
    EASTER = "EASTER", _("paasvakantie")
    SUMMER = "SUMMER", _("zomervakantie")
    OTHER = "OTHER", _("andere vrije dagen")


class AlertKind(TextChoices):
    """What somebody at the ministry should look into (ADR 21, ADR 37)."""

    ACTIVE_WITH_NOBODY = "ACTIVE_WITH_NOBODY", _("in gebruik, aan niemand uitgereikt")
    SEEN_OFTEN = "SEEN_OFTEN", _("dezelfde code vaak bekeken")
    SEEN_AGAIN = "SEEN_AGAIN", _("codes dag na dag opnieuw bekeken")
    SEEN_AT_NIGHT = "SEEN_AT_NIGHT", _("codes bekeken in de nacht")
    SEEN_BY_NEWCOMER = "SEEN_BY_NEWCOMER", _("codes bekeken door wie er pas bij kwam")
    SEEN_BY_LEAVER = "SEEN_BY_LEAVER", _("codes bekeken door wie net wegging")
    SEEN_BY_ADMITTED = "SEEN_BY_ADMITTED", _("codes bekeken door wie het ministerie toeliet")
    MANY_ORGANISATIONS = "MANY_ORGANISATIONS", _("veel organisaties bij dezelfde persoon")
    INVITED_OFTEN = "INVITED_OFTEN", _("veel uitnodigingen in korte tijd")
    LOOKED_UP_OFTEN = "LOOKED_UP_OFTEN", _("vaak een onbekende code opgezocht")
    START_PAGE_CHANGED = "START_PAGE_CHANGED", _("startpagina van een provider veranderd")
    MANY_NAMES_TRIED = "MANY_NAMES_TRIED", _("veel accounts geprobeerd vanaf één adres")
    ACCOUNT_ATTACKED = "ACCOUNT_ATTACKED", _("één account vaak vergeefs geprobeerd")
    SEAL_BROKEN = "SEAL_BROKEN", _("logboek gewijzigd of zegel vervalst")
    SEALING_STOPPED = "SEALING_STOPPED", _("logboek wordt niet meer verzegeld")


class FileKind(TextChoices):
    """What a provider's file contains."""

    CODES = "CODES", _("codes")
    ACTIVATIONS = "ACTIVATIONS", _("activaties")


class RowOutcome(TextChoices):
    """What became of a row of a provider's file, or why it was left out; the texts say what to do
    next."""

    NEW = "NEW", _("nieuw")
    KNOWN = "KNOWN", _("was al gekend")
    DOUBLE_IN_FILE = "DOUBLE_IN_FILE", _("staat twee keer in dit bestand")
    UNKNOWN_CODE = "UNKNOWN_CODE", _("code niet gevonden")
    NOT_HANDED_OUT = "NOT_HANDED_OUT", _("code is aan niemand uitgereikt")
    BEFORE_HAND_OUT = "BEFORE_HAND_OUT", _("activatie voor de uitreiking")
    IN_FUTURE = "IN_FUTURE", _("datum in de toekomst")
    OTHER_DATE = "OTHER_DATE", _("al gekend met een andere datum")
    OTHER_DETAILS = "OTHER_DETAILS", _("gegevens horen niet bij deze code")
    BAD_ROW = "BAD_ROW", _("rij niet leesbaar")


GOOD_OUTCOMES = frozenset({RowOutcome.NEW})
# Nothing to do and nothing wrong.
UNCHANGED_OUTCOMES = frozenset({RowOutcome.KNOWN})

"""Making codes void: one, several, or all of a pool, whoever has them.

Tested in `vouchers.actions.life.tests.test_life_of_a_code`,
`vouchers.actions.files.tests.test_any_file`, `vouchers.database.tests.test_voucher_moves`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from common.refused import Refused
from common.tables.reading import read_table
from history.recording import recorded
from vouchers import policies
from vouchers.actions.files.file_rows import Verdict, identify, once, rule_of
from vouchers.actions.hand_out.handing_out import replace_codes
from vouchers.actions.life.hand_out_rows import end, end_as_seen, locked, void_codes
from vouchers.actions.mail import notifications
from vouchers.actions.requests.request_rows import lock_requests
from vouchers.actions.stock import lookups
from vouchers.models import Activation, HandOut, Pool, Provider, PupilLine, Voucher, VoucherRequest
from vouchers.models.pools import VoucherQuerySet
from vouchers.states import EndReason, RowOutcome, VoidReason, VoucherState

# Somebody waits for the page while a list is read.
MOST_LISTED = 20_000


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of these codes are with nobody (in stock or held), how many with a pupil, and how
    many of those are in use."""

    with_nobody: int
    with_pupil: int
    in_use: int

    def number(self, *, also_in_use: bool) -> int:
        """How many codes would become void."""
        return self.with_nobody + self.with_pupil - (0 if also_in_use else self.in_use)


@dataclass(frozen=True, slots=True)
class Voided:
    """How many codes became void, how many of these were with a pupil, and how many were replaced
    at once."""

    codes: int
    with_pupil: int
    replaced: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list names: codes that can become void (ids), and every other line with its reason;
    how many rows it has, how many codes we know, void ones too, and how many we do not."""

    vouchers: list[int]
    left_out: list[Verdict]
    rows: int
    found: int
    unknown: int


def read_list(*, provider: Provider, content: bytes, by: User, now: datetime) -> Listed:
    """The provider's codes that its list names. Nothing of the list is stored, but that it was
    read, and how many of its codes were found and were not.

    Raises Refused when the file cannot be read, when this person looked up too many lately, and
    without a number when too many of its codes are unknown: then it is a list of guesses, or not
    this provider's.
    """
    with recorded(by=by, why=gettext_noop("lijst met codes ingelezen")):
        lookups.check_can_look_up(by, now=now)
        listed = named_in(provider, content)
        refused = lookups.note_list(
            provider=provider,
            rows=listed.rows,
            found=listed.found,
            unknown=listed.unknown,
            by=by,
            now=now,
        )
    if refused:
        sentence = _(
            "Te veel codes in deze lijst kennen we niet. Kijk na of het een lijst van {provider} "
            "is, en of de codes in de kolom {column} staan. We noteerden dat je ze inlas."
        )
        raise Refused(
            sentence.format(provider=provider, column=provider.code_column), code="list-unknown"
        )
    return listed


def named_in(provider: Provider, content: bytes) -> Listed:
    """What a list names; whoever shows it to somebody asks `read_list`, which counts."""
    column = provider.code_column
    table = read_table(content, needed={column: [column]}, max_rows=MOST_LISTED)
    rule, left_out = rule_of(provider), list[Verdict]()
    lines, line_of = dict[bytes, int](), dict[bytes, int]()  # by the first fingerprint, by any
    for row in table.rows:
        each = once(identify(row, column=column, rule=rule), lines)
        if each.verdict:
            left_out.append(each.verdict)
        else:
            line_of.update(dict.fromkeys(each.fingerprints, row.line))
    codes = Voucher.objects.loaded().filter(provider=provider, fingerprint__in=list(line_of))
    found = {
        line_of[bytes(fingerprint)]: (pk, state)
        for pk, fingerprint, state in codes.values_list("pk", "fingerprint", "state")
    }
    unknown = [line for line in lines.values() if line not in found]
    for line in lines.values():
        if line not in found:
            left_out.append(Verdict(line, RowOutcome.UNKNOWN_CODE, _("Deze code kennen we niet.")))
        elif found[line][1] == VoucherState.VOID:
            left_out.append(Verdict(line, RowOutcome.KNOWN, _("Deze code is al ongeldig.")))
    return Listed(
        vouchers=[pk for pk, state in found.values() if state != VoucherState.VOID],
        left_out=sorted(left_out, key=lambda each: each.line),
        rows=len(table),
        found=len(found),
        unknown=len(unknown),
    )


def preview(codes: VoucherQuerySet) -> Preview:
    """What `void` would do to these codes, for the page that asks first. Nothing is locked."""
    states = codes.aggregate(
        out=Count("pk", filter=Q(state=VoucherState.OUT)),
        nobody=Count("pk", filter=Q(state__in=[VoucherState.AVAILABLE, VoucherState.HELD])),
    )
    used = Activation.objects.standing().filter(
        hand_out__voucher__in=codes.values("pk"), hand_out__ended_at=None
    )
    return Preview(states["nobody"], states["out"], used.count())


def void(
    *,
    vouchers: Sequence[int],
    reason: VoidReason,
    by: User,
    now: datetime,
    replace: bool = False,
    also_in_use: bool = False,
) -> Voided:
    """Make these codes void. Whoever had one waits for another, or gets it at once (`replace`).

    also_in_use: also those that a family uses; otherwise they are left alone, since they work. All
    or nothing. Raises Refused, and NotEnoughCodes when replacing finds too few.
    """
    with recorded(by=by, why=gettext_noop("codes ongeldig gemaakt")):
        policies.check_is_ministry(by)
        rows = _locked_hand_outs(vouchers, replace=replace)
        standing = Activation.objects.standing().filter(hand_out__in=rows)
        used = set(standing.values_list("hand_out", flat=True))
        kept = {row.voucher_id for row in rows if row.pk in used and not also_in_use}
        ended = [row for row in rows if row.voucher_id not in kept]
        if replace:
            ids = [row.pk for row in ended]
            end(HandOut.objects.filter(pk__in=ids), EndReason.REPLACED, by, now)
        else:
            end_as_seen(ended, by=by, now=now)
        count = void_codes(set(vouchers) - kept, reason, by=by, now=now)
        if replace:
            replace_codes(ended, by=by, now=now)
            requests = {row.line.request_id for row in ended}
            notifications.codes_ready(requests=sorted(requests), now=now)
    return Voided(codes=count, with_pupil=len(ended), replaced=len(ended) if replace else 0)


def _locked_hand_outs(vouchers: Iterable[int], *, replace: bool) -> list[HandOut]:
    """The live hand-outs of these codes, locked after their requests and then the pools, by id:
    those of the codes and, to replace them, all open ones."""
    codes = Voucher.objects.filter(pk__in=list(vouchers))
    live = HandOut.objects.live().filter(voucher__in=codes)
    lines = PupilLine.objects.filter(hand_outs__in=live)
    requests = set(lock_requests(VoucherRequest.objects.filter(pk__in=lines.values("request"))))
    pools = Pool.objects.filter(pk__in=codes.values("pool"))
    if replace:
        pools |= Pool.objects.filter(closed_at=None)
    list(pools.order_by("pk").select_for_update(no_key=True, of=("self",)))
    rows = locked(live.order_by("pk").values_list("pk", flat=True))
    if any(row.line.request_id not in requests for row in rows):
        raise Refused(
            _("Er is net nog uitgereikt van deze codes. Kijk de aantallen na."), code="codes-moved"
        )
    return [row for row in rows if row.ended_at is None]

"""Hundreds of rows at once, for tests of lists: written in bulk, under the same guards.

Rows are born as the database requires and moved on by one UPDATE for all; only how things look in a
list matters here, so the codes are not real. Tests of rules use `factories`.
"""

import hashlib
import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from schools.models import Organisation
from vouchers.models import (
    Activation,
    Decision,
    Division,
    DivisionShare,
    HandOut,
    Holding,
    Job,
    Period,
    Pool,
    Provider,
    ProviderFile,
    ProviderFileRow,
    PupilLine,
    Renewal,
    Reveal,
    Voucher,
    VoucherRequest,
)
from vouchers.states import (
    Channel,
    DivisionRule,
    FileKind,
    FileState,
    JobState,
    LineState,
    RenewalState,
    RequestState,
    RowOutcome,
    VoucherState,
)
from vouchers.tests.factories import at, make_pool

numbers = itertools.count(10_000)
ASKED, DECIDED, HANDED_OUT = at(date(2020, 3, 9)), at(date(2020, 3, 10)), at(date(2020, 3, 11))
FAR = date(2100, 1, 1)


def digest() -> bytes:
    """A value that was not used before."""
    return hashlib.sha256(str(next(numbers)).encode()).digest()


def lasting_pool(provider: Provider) -> Pool:
    """The provider's pool whose codes work on any day that a test may run."""
    found = Pool.objects.filter(agreement__provider=provider, name="blijvend").first()
    return found or make_pool(provider, name="blijvend", valid_until=FAR)


def drafts(
    organisations: Sequence[Organisation], period: Period, *, by: User
) -> list[VoucherRequest]:
    """An unsent request for each of these, without pupils."""
    return VoucherRequest.objects.bulk_create(
        VoucherRequest(
            organisation=organisation, period=period, number=next(numbers),
            created_at=ASKED, created_by=by,
        )
        for organisation in organisations
    )  # fmt: skip


def add_lines(request: VoucherRequest, count: int, **fields: Any) -> list[PupilLine]:
    """Pupils of the asker's own school in a draft; neighbours differ in type."""
    return PupilLine.objects.bulk_create(_line(request, **fields) for _ in range(count))


def _line(request: VoucherRequest, **fields: Any) -> PupilLine:
    school, number = request.organisation, next(numbers)
    usual = {"education_type": ("PRIMARY", "SECONDARY")[number % 2], "school": school}
    return PupilLine(
        request=request, organisation=school, period=request.period, position=number,
        reference=f"LL-{number}", reference_key=f"LL{number}", municipality=school.municipality,
        nis_code=school.nis_code, province=school.province, **(usual | fields),
    )  # fmt: skip


def one_pupil_each(requests: Sequence[VoucherRequest]) -> None:
    """A pupil in each of these drafts."""
    PupilLine.objects.bulk_create(_line(each) for each in requests)


def send(requests: Sequence[VoucherRequest], *, by: User) -> None:
    """Send these drafts; of a request sent before, the pupils added since."""
    lines = PupilLine.objects.filter(request__in=list(requests), state=LineState.DRAFT)
    lines.update(state=LineState.ASKED, submitted_at=ASKED)
    VoucherRequest.objects.filter(pk__in=[each.pk for each in requests]).update(
        state=RequestState.SUBMITTED, submitted_at=ASKED, submitted_by=by,
        decided_at=None, decided_by=None,
    )  # fmt: skip


def grant(requests: Sequence[VoucherRequest], *, by: User) -> list[PupilLine]:
    """Grant every pupil of these sent requests."""
    lines = PupilLine.objects.filter(request__in=list(requests), state=LineState.ASKED)
    granted = list(lines.order_by("pk"))
    Decision.objects.bulk_create(
        Decision(line=line, granted=True, decided_at=DECIDED, decided_by=by) for line in granted
    )
    lines.update(state=LineState.GRANTED)
    decided = VoucherRequest.objects.filter(pk__in=[each.pk for each in requests])
    decided.update(state=RequestState.DECIDED, decided_at=DECIDED, decided_by=by)
    return granted


def sent_requests(
    organisations: Sequence[Organisation], period: Period, *, by: User
) -> list[VoucherRequest]:
    """A request for one pupil, waiting for a decision, for each of these."""
    made = drafts(organisations, period, by=by)
    one_pupil_each(made)
    send(made, by=by)
    return made


def files(
    provider: Provider, *, by: User, count: int, pool: Pool | None = None
) -> list[ProviderFile]:
    """Applied files without rows: with codes for a pool, else with activations."""
    made = ProviderFile.objects.bulk_create(
        ProviderFile(
            kind=FileKind.CODES if pool else FileKind.ACTIVATIONS, provider=provider, pool=pool,
            complete_until=None if pool else date(2020, 4, 1), name=f"bestand-{next(numbers)}.csv",
            size=1, digest=digest(), key_id="k", content=b"c", uploaded_at=ASKED, uploaded_by=by,
        )
        for _ in range(count)
    )  # fmt: skip
    rows = ProviderFile.objects.filter(pk__in=[each.pk for each in made])
    rows.update(state=FileState.CHECKED, checked_at=ASKED, counts={RowOutcome.NEW: 1})
    rows.update(state=FileState.APPLIED, applied_at=ASKED, applied_by=by)
    return made


def file_rows(file: ProviderFile, count: int) -> None:
    """Rows in a file, and its counts of them."""
    ProviderFileRow.objects.bulk_create(
        ProviderFileRow(file=file, line=next(numbers), outcome=RowOutcome.NEW) for _ in range(count)
    )
    counts = {RowOutcome.NEW: file.rows.count()}
    ProviderFile.objects.filter(pk=file.pk).update(counts=counts)


def jobs(made: Sequence[ProviderFile], *, by: User) -> None:
    """A finished job for each of these files."""
    Job.objects.bulk_create(
        Job(kind=Job.Kind.CHECK_FILE, file=file, created_at=ASKED, created_by=by) for file in made
    )
    waiting = Job.objects.filter(state=JobState.QUEUED)
    waiting.update(state=JobState.RUNNING, started_at=ASKED)
    Job.objects.filter(state=JobState.RUNNING).update(state=JobState.DONE, finished_at=ASKED)


def hand_out(lines: Sequence[PupilLine], provider: Provider, *, by: User) -> list[HandOut]:
    """A working code for each of these granted pupils."""
    codes = stock(lasting_pool(provider), len(lines), by=by)
    made = HandOut.objects.bulk_create(
        HandOut(voucher=code, line=line, handed_out_at=HANDED_OUT, handed_out_by=by)
        for code, line in zip(codes, lines, strict=True)
    )
    stocked = Voucher.objects.filter(pk__in=[code.pk for code in codes])
    stocked.update(state=VoucherState.OUT)
    return made


def stock(pool: Pool, count: int, *, by: User) -> list[Voucher]:
    """Codes of one file in a pool."""
    provider = pool.agreement.provider
    (file,) = files(provider, by=by, count=1, pool=pool)
    return Voucher.objects.bulk_create(
        Voucher(
            pool=pool, provider=provider, fingerprint=digest(), key_id="k", secret=b"s",
            slot=next(numbers), file=file, line=number, loaded_at=ASKED,
        )
        for number in range(1, count + 1)
    )  # fmt: skip


def hold(pool: Pool, count: int, *, by: User) -> None:
    """This many codes of a pool, held by somebody."""
    codes = stock(pool, count, by=by)
    Voucher.objects.filter(pk__in=[code.pk for code in codes]).update(state=VoucherState.HELD)
    Holding.objects.bulk_create(
        Holding(voucher=code, held=True, reason="Nakijken.", done_at=ASKED, done_by=by)
        for code in codes
    )


def see(
    hand_outs: Sequence[HandOut], *, by: User, start: datetime = HANDED_OUT,
    apart: timedelta = timedelta(seconds=1),
) -> None:  # fmt: skip
    """Somebody of the organisation prints these letters one by one, this far apart."""
    Reveal.objects.bulk_create(
        Reveal(
            voucher_id=each.voucher_id, hand_out=each, channel=Channel.LETTER,
            revealed_at=start + number * apart, revealed_to=by,
            organisation_id=each.line.organisation_id,
        )
        for number, each in enumerate(hand_outs)
    )  # fmt: skip


def activate(hand_outs: Sequence[HandOut], *, by: User) -> None:
    """The provider has reported that these codes are in use."""
    provider = hand_outs[0].voucher.provider
    (file,) = files(provider, by=by, count=1)
    Activation.objects.bulk_create(
        Activation(hand_out=each, on=date(2020, 3, 20), recorded_at=ASKED, file=file)
        for each in hand_outs
    )


def renewals(hand_outs: Sequence[HandOut], *, by: User, state: str = RenewalState.ASKED) -> None:
    """Renewals of these codes, asked for or further on: passed on, sent."""
    made = Renewal.objects.bulk_create(
        Renewal(hand_out=each, asked_at=ASKED, asked_by=by) for each in hand_outs
    )
    rows = Renewal.objects.filter(pk__in=[each.pk for each in made])
    if state in {RenewalState.PASSED, RenewalState.SENT}:
        rows.update(state=RenewalState.PASSED, passed_at=ASKED, passed_by=by)
    if state == RenewalState.SENT:
        rows.update(state=RenewalState.SENT, sent_at=ASKED, sent_by=by)


def divisions(requests: Sequence[VoucherRequest], *, by: User) -> list[Division]:
    """A division for each of these requests, which gave it one code of the two it waited for."""
    made = [
        Division.objects.create(
            period=request.period, rule=DivisionRule.FIRST_COME, asked=2, given=1, stock=[],
            checksum="0" * 64, made_at=HANDED_OUT, made_by=by,
        )
        for request in requests
    ]  # fmt: skip
    for division, request in zip(made, requests, strict=True):
        shares(division, [request])
    return made


def shares(division: Division, requests: Sequence[VoucherRequest]) -> None:
    """These requests took part in the division too."""
    DivisionShare.objects.bulk_create(
        DivisionShare(division=division, request=request, position=next(numbers), asked=2, given=1)
        for request in requests
    )

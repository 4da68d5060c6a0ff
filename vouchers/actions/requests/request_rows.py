"""How a request is locked, by anyone who acts on it, and how its rows are written, by `requests`.

Tested in `vouchers.actions.requests.tests.test_requests`,
`vouchers.actions.requests.tests.test_requests_race`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from accounts.models import User
from schools.models import Organisation
from vouchers.actions.requests.request_checks import Defaults, LineInput
from vouchers.models import Provider, PupilLine, VoucherRequest
from vouchers.models.requests import VoucherRequestQuerySet
from vouchers.references import check_reference, reference_key
from vouchers.states import LineState, Wish


def lock_request(pk: int) -> VoucherRequest:
    """The request as it is now, locked until this transaction ends: whoever changes a request, its
    lines or their hand-outs does this first."""
    return (
        VoucherRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related("organisation", "period", "wish_provider")
        .get(pk=pk)
    )


def lock_requests(rows: VoucherRequestQuerySet) -> list[int]:
    """The same for several at once, by id, so that no two wait for each other; returns the ids."""
    locking = rows.order_by("pk").select_for_update(no_key=True, of=("self",))
    return list(locking.values_list("pk", flat=True))


def lock_organisation(request: VoucherRequest) -> None:
    Organisation.objects.select_for_update(no_key=True).get(pk=request.organisation_id)


def write_lines(
    request: VoucherRequest,
    lines: Sequence[LineInput],
    defaults: Defaults,
    *,
    by: User,
    now: datetime,
) -> None:
    """Make the rows of a request match these lines, in this order, touching no more than needed."""
    kept: dict[tuple[str, int | None], list[PupilLine]] = defaultdict(list)
    rows = request.lines.exclude(state=LineState.WITHDRAWN).order_by("-position", "-pk")
    for row in rows.select_related("school", "wish_provider"):
        if row.state == LineState.DRAFT or _says_the_same(row, request, defaults):
            kept[row.reference, row.school_id].append(row)
    moved, new, standing = [], [], set()
    for position, line in enumerate(lines, 1):
        reference = check_reference(line.reference)
        school = request.organisation if request.organisation.is_school else line.school
        same = kept[reference, school.pk if school else None]
        if not same:
            new.append(_new_line(request, reference, school, position))
            continue
        row = same.pop()
        standing.add(row.pk)
        if row.position != position:
            row.position = position
            moved.append(row)
    gone = request.lines.exclude(pk__in=standing)
    gone.filter(state=LineState.DRAFT).delete()
    withdraw_lines(gone.filter(state=LineState.ASKED), by=by, now=now)
    PupilLine.objects.bulk_update(moved, ["position"])
    PupilLine.objects.bulk_create(new)


def _says_the_same(row: PupilLine, request: VoucherRequest, defaults: Defaults) -> bool:
    """Would a sent line be frozen the same under these defaults? Only what the asker changed
    counts, not what happened to the school meanwhile."""
    wish = defaults.wish, provider_of(defaults)
    before = request.wish, request.wish_provider
    if wish not in (before, (row.wish, row.wish_provider)):
        return False
    if defaults.education_type == request.education_type or row.school is None:
        return True
    return row.education_type == _type_of(row.school, defaults.education_type)


def provider_of(defaults: Defaults) -> Provider | None:
    return None if defaults.wish == Wish.NONE else defaults.wish_provider


def _type_of(school: Organisation, default: str) -> str:
    """The school's only type, else what the request says."""
    return school.only_education_type or default


def _new_line(
    request: VoucherRequest, reference: str, school: Organisation | None, position: int
) -> PupilLine:
    return PupilLine(
        request=request,
        organisation=request.organisation,
        period=request.period,
        position=position,
        reference=reference,
        reference_key=reference_key(reference),
        school=school,
    )


def freeze_new_lines(request: VoucherRequest, now: datetime) -> None:
    """Each line sent for the first time takes over its school as of today (docs/rules.md#words).

    One statement per school, whatever the number of pupils.
    """
    new = request.lines.filter(state=LineState.DRAFT)
    schools = Organisation.objects.filter(pk__in=new.values("school"))
    for school in schools:
        new.filter(school=school).update(
            state=LineState.ASKED,
            education_type=_type_of(school, request.education_type),
            wish=request.wish,
            wish_provider=request.wish_provider,
            municipality=school.municipality,
            nis_code=school.nis_code,
            province=school.province,
            submitted_at=now,
        )


def withdraw_lines(lines: Iterable[PupilLine], *, by: User, now: datetime) -> None:
    PupilLine.objects.filter(pk__in=[line.pk for line in lines]).update(
        state=LineState.WITHDRAWN, withdrawn_at=now, withdrawn_by=by
    )

"""Many granted requests at once, by bulk insert: for tests of what happens to a whole period."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from schools.models import EducationType, Organisation
from vouchers.models import Period, Provider, PupilLine, VoucherRequest
from vouchers.states import LineState, RequestState, Wish

# What a pupil's line says: no preference, or a wish for a provider.
Wanted = tuple[Wish, Provider | None]
ANY: Wanted = (Wish.NONE, None)

numbers = itertools.count(1)


def granted_requests(
    wanted: Sequence[Sequence[Wanted]],
    *,
    period: Period,
    school: Organisation,
    by: User,
    officer: User,
    now: datetime,
) -> list[VoucherRequest]:
    """A granted request for each list of pupils, sent a minute apart, in this order.

    Rows are born as drafts and move on by one UPDATE per state, as the database's guards require.
    """
    requests = VoucherRequest.objects.bulk_create(
        VoucherRequest(
            organisation=school, period=period, number=next(numbers), created_at=now, created_by=by
        )
        for _lines in wanted
    )
    ids = [request.pk for request in requests]
    for n, request in enumerate(requests):
        request.submitted_at, request.submitted_by = now + timedelta(minutes=n), by
        request.state, request.decided_at, request.decided_by = RequestState.SUBMITTED, None, None
    VoucherRequest.objects.bulk_update(requests, ["state", "submitted_at", "submitted_by"])
    VoucherRequest.objects.filter(pk__in=ids).update(
        state=RequestState.DECIDED, decided_at=now, decided_by=officer
    )
    PupilLine.objects.bulk_create(
        _line(request, position, wish, now)
        for request, lines in zip(requests, wanted, strict=True)
        for position, wish in enumerate(lines, 1)
    )
    rows = PupilLine.objects.filter(request__in=ids)
    rows.update(state=LineState.ASKED, submitted_at=now)
    rows.update(state=LineState.GRANTED)
    return list(VoucherRequest.objects.filter(pk__in=ids).order_by("submitted_at"))


def _line(request: VoucherRequest, position: int, wanted: Wanted, now: datetime) -> PupilLine:
    wish, provider = wanted
    school, reference = request.organisation, f"LL-{request.number}-{position}"
    return PupilLine(
        request=request, organisation=school, period=request.period, position=position,
        reference=reference, reference_key=reference.lower(), school=school,
        education_type=EducationType.UNKNOWN, wish=wish, wish_provider=provider,
        municipality=school.municipality, nis_code=school.nis_code, province=school.province,
    )  # fmt: skip

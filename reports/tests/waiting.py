"""How many pupils wait for a code, asked in every place where the portal shows it."""

from django.db.models import Sum
from django.http import QueryDict

from pages.ministry.forms import RequestFilter
from reports.figures import Reading
from reports.tables import Question, total
from reports.tests.histories import History
from vouchers.models import Period, PupilLine, VoucherRequest


def waiting(history: History, period: Period | None = None) -> dict[str, object]:
    """As of today: of a period, or of all."""
    requests = VoucherRequest.objects.visible_to(history.cast.officer)
    lines = PupilLine.objects.waiting()
    if period:
        requests, lines = requests.filter(period=period), lines.filter(period=period)
    listed = RequestFilter(QueryDict(), state=RequestFilter.WAITING).found(requests)
    counted = requests.with_line_counts()
    question = Question(Reading.COHORT, history.day, period)
    return {
        "report": total(question).row.numbers["waiting"],
        "home": requests.pupils_waiting(),
        "list": listed.aggregate(n=Sum("counts__waiting"))["n"] or 0,
        "pages": sum(vars(each)["waiting"] for each in counted),
        "pupils": lines.count(),
    }


def check_waiting(history: History) -> None:
    """The same in every place, for each period and for all."""
    for period in (None, history.cast.period, history.second):
        found = waiting(history, period)
        assert len(set(found.values())) == 1, (period, found)

"""The figures counted slowly, line by line, straight from their definitions
(docs/rules.md#figures)."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from common.days import BRUSSELS
from reports.figures import Dimension, Reading
from reports.tables import Number, Question
from vouchers.models import HandOut, PupilLine
from vouchers.states import EndReason


def day(moment: datetime | None) -> date | None:
    return moment.astimezone(BRUSSELS).date() if moment else None


def known(recorded: datetime | None, withdrawn: datetime | None, as_of: date) -> bool:
    """Recorded by the end of the day and not withdrawn by then."""
    learned, taken_back = day(recorded), day(withdrawn)
    return learned is not None and learned <= as_of and not (taken_back and taken_back <= as_of)


def given_on(hand_out: HandOut, as_of: date) -> date | None:
    """The day it was given, as known by the end of a day."""
    for each in hand_out.not_given.all():
        if known(each.given_at, each.withdrawn_at, as_of):
            return day(each.given_at)
    return day(hand_out.given_at)


class LineAsOf:
    """What one line comes to as of a day."""

    def __init__(self, line: PupilLine, as_of: date) -> None:
        self.line = line
        self.as_of = as_of
        decisions = line.decisions.all()
        self.decision = next(
            (each for each in decisions if known(each.decided_at, each.withdrawn_at, as_of)), None
        )
        hand_outs = line.hand_outs.all()
        self.hand_outs = [each for each in hand_outs if known(each.handed_out_at, None, as_of)]
        self.counting = [each for each in self.hand_outs if not self.stopped(each)]
        self.activations = [
            each
            for hand_out in hand_outs
            for each in hand_out.activations.all()
            if known(each.recorded_at, each.withdrawn_at, as_of)
        ]
        self.renewals = [
            each
            for hand_out in hand_outs
            for each in hand_out.renewals.all()
            if known(each.confirmed_at, each.withdrawn_at, as_of)
        ]

    def ended(self, hand_out: HandOut) -> bool:
        """Whether it had ended by then."""
        end = day(hand_out.ended_at)
        return end is not None and end <= self.as_of

    def stopped(self, hand_out: HandOut) -> bool:
        """Whether it had ended without counting: unseen, or with its code at another pupil."""
        seen = known(hand_out.revealed_at, None, self.as_of)
        return self.ended(hand_out) and (not seen or hand_out.end_reason == EndReason.REASSIGNED)

    @property
    def stands(self) -> bool:
        """Sent and not withdrawn."""
        return known(self.line.submitted_at, self.line.withdrawn_at, self.as_of)

    def key(self, dimension: Dimension) -> str:
        """The row under which it counts; of several codes the one that counts, or counted, last."""
        if dimension == Dimension.PROVIDER:
            codes = self.counting or self.hand_outs
            last = max(codes, key=lambda each: (each.handed_out_at, each.pk), default=None)
            return last.voucher.provider.slug if last else ""
        return {
            Dimension.SCHOOL: lambda: self.line.school.number if self.line.school else "",
            Dimension.PERIOD: lambda: self.line.period.slug,
            Dimension.PROVINCE: lambda: self.line.province,
            Dimension.EDUCATION_TYPE: lambda: self.line.education_type,
        }[dimension]()

    def matches(self, question: Question) -> bool:
        """Whether the filters of the question match it."""
        assert self.line.school
        school = f"{self.line.school.number} {self.line.school.name} {self.line.municipality}"
        return (
            question.province in ("", self.line.province)
            and question.education_type in ("", self.line.education_type)
            and all(word.lower() in school.lower() for word in question.search.split())
        )

    @property
    def last_day(self) -> date:
        """The last valid day of its activated codes."""
        days = [each.valid_until for each in self.renewals if each.valid_until]
        for activation in self.activations:
            pool = activation.hand_out.voucher.pool
            days.append(pool.valid_until)
            days += [
                each.valid_until
                for each in pool.extensions.all()
                if known(each.recorded_at, each.withdrawn_at, self.as_of)
            ]
        return max(days)

    def cohort(self) -> dict[str, bool | int]:
        """What it adds to each figure of its cohort."""
        granted = self.stands and self.decision is not None and self.decision.granted
        active = bool(self.counting and self.activations)
        closed = day(self.line.closed_at)
        live = any(not self.ended(each) for each in self.hand_outs)
        return {
            "requested": self.stands,
            "via_other": self.stands and self.line.organisation_id != self.line.school_id,
            "granted": granted,
            "refused": self.stands and self.decision is not None and not self.decision.granted,
            "waiting": granted and not live and not (closed and closed <= self.as_of),
            "handed_out": bool(self.counting),
            "taken_back": bool(self.hand_outs) and not self.counting,
            "revealed": any(known(each.revealed_at, None, self.as_of) for each in self.counting),
            "given": any(
                (given := given_on(each, self.as_of)) is not None and given <= self.as_of
                for each in self.counting
            ),
            "activated": active,
            "in_use": active and self.last_day >= self.as_of,
            "expired": active and self.last_day < self.as_of,
            "renewed": active and bool(self.renewals),
            "replaced": sum(each.replaces_id is not None for each in self.hand_outs),
        }

    def activity(self, first: date, after: date) -> dict[str, bool | int]:
        """What it adds to each figure of what happened in [first, after)."""

        def within(moment: date | None) -> bool:
            return moment is not None and first <= moment < after and moment <= self.as_of

        def first_of(name: str) -> date | None:
            found = [day(getattr(each, name)) for each in self.hand_outs]
            return min((each for each in found if each), default=None)

        given = [given_on(each, self.as_of) for each in self.hand_outs]
        first_given = min((each for each in given if each), default=None)
        decided = day(self.decision.decided_at) if self.decision else None
        sent = within(day(self.line.submitted_at))
        stopped = max((day(each.ended_at) or after for each in self.hand_outs), default=None)
        return {
            "requested": sent,
            "via_other": sent and self.line.organisation_id != self.line.school_id,
            "granted": within(decided) and self.decision is not None and self.decision.granted,
            "refused": within(decided) and self.decision is not None and not self.decision.granted,
            "handed_out": within(first_of("handed_out_at")),
            "taken_back": not self.counting and within(stopped),
            "revealed": within(first_of("revealed_at")),
            "given": within(first_given),
            "activated": within(min((each.on for each in self.activations), default=None)),
            "expired": bool(self.activations)
            and self.last_day < self.as_of
            and within(self.last_day),
            "renewed": sum(within(each.on) for each in self.renewals),
            "replaced": sum(
                within(day(each.handed_out_at))
                for each in self.hand_outs
                if each.replaces_id is not None
            ),
        }


def seen(question: Question) -> list[LineAsOf]:
    """Each line that the question is about."""
    lines = PupilLine.objects.filter(submitted_at__isnull=False).select_related("school", "period")
    lines = lines.prefetch_related(
        "decisions",
        "hand_outs__renewals",
        "hand_outs__not_given",
        "hand_outs__voucher__provider",
        "hand_outs__activations__hand_out__voucher__pool__extensions",
    )
    if question.of_period:
        lines = lines.filter(period=question.period)
    known_lines = [line for line in lines if known(line.submitted_at, None, question.as_of)]
    found = [LineAsOf(line, question.as_of) for line in known_lines]
    return [each for each in found if each.matches(question)]


def added(question: Question, line: LineAsOf) -> dict[str, bool | int]:
    """What a line adds to each figure of the question."""
    if question.reading == Reading.COHORT:
        return line.cohort()
    return line.activity(*question.window)


def counted(question: Question, lines: list[LineAsOf] | None = None) -> dict[str, Number]:
    """Every figure of the question but the rate, over these lines or over all it is about."""
    rows = [added(question, each) for each in (seen(question) if lines is None else lines)]
    names = [each.name for each in question.figures if not each.is_share]
    return {name: sum(row[name] for row in rows) for name in names}


def counted_by(
    question: Question, lines: list[LineAsOf], dimension: Dimension
) -> dict[str, dict[str, Number]]:
    """The same per row of a table; rows where nothing is counted are left out."""
    groups: dict[str, list[LineAsOf]] = defaultdict(list)
    for line in lines:
        groups[line.key(dimension)].append(line)
    found = {key: counted(question, group) for key, group in groups.items()}
    return {key: row for key, row in found.items() if any(row.values())}


def days_of(first: date, last: date, step: int = 1) -> list[date]:
    """Each day, or every so many days, from the first to the last."""
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]

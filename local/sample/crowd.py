"""Everybody besides the people of the demo: the waves at the size of Flanders, in bulk SQL.

What the people did by hand comes first and counts, so that each wave ends at its exact totals.

Tested in `local.sample.tests.test_demo_totals` and `local.sample.tests.test_story`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random

from common.days import at
from local.sample import bulk, wave
from local.sample.people import coordinators_of
from local.sample.sizes import Size
from local.sample.steps import Steps
from local.sample.wave import Asker, Fate, Line, Request, School, Wave
from schools.models import EducationType, Organisation, Province, PupilCount
from vouchers.actions.life import lifecycle, renewals
from vouchers.actions.stock import pools
from vouchers.models import Activation, Agreement, HandOut, Period, Pool, Renewal
from vouchers.states import VoidReason

SEED = 2020
BOTH = {"telenet": 0.66, "proximus": 0.34}
# Requests came mainly from Brussels, Antwerp and, less, Ghent (answer to question 253).
PULL = {"Antwerpen": 3.0, "Gent": 2.0}
PULL_OF_BRUSSELS = 4.0
PUPILS_UNKNOWN = 120
REPORTED = (date(2020, 4, 30), date(2020, 5, 31), date(2020, 6, 30), date(2020, 7, 31))
REPORTED_LATER = (date(2020, 10, 31), date(2020, 11, 30), date(2020, 12, 31))
# Renewed in the second wave: asked, passed on and listed, done.
RENEWED = (
    (date(2020, 9, 15), date(2020, 9, 18), date(2020, 9, 22)),
    (date(2020, 10, 6), date(2020, 10, 9), date(2020, 10, 13)),
    (date(2020, 11, 17), date(2020, 11, 20), date(2020, 11, 24)),
)


class Crowd:
    """The other organisations and what happened to them; shares officer and providers' people with
    the story."""

    def __init__(self, steps: Steps, size: Size) -> None:
        self.steps = steps
        self.size = size
        self.rng = Random(SEED)

    def first_wave(self, period: Period, agreements: Mapping[str, Agreement]) -> None:
        """March to July 2020."""
        by_hand = handed_out_and_activated(period)
        planned = Wave(
            first=date(2020, 3, 11),
            last=date(2020, 6, 19),
            ends=date(2020, 7, 30),
            handed_out=self.size.handed_out - by_hand[0],
            activated=self.size.activated - by_hand[1],
            providers=BOTH,
        )
        requests = self.planned(planned)
        until = {"telenet": date(2020, 6, 30), "proximus": date(2020, 10, 31)}
        stock = {
            slug: self.stocked(
                agreements[slug], "voorjaar 2020", until[slug], requests, planned.first
            )
            for slug in BOTH
        }
        pools.extend_pool(
            pool=stock["telenet"],
            valid_until=date(2020, 8, 31),
            by=self.steps.officer,
            now=at(date(2020, 5, 25)),
        )
        self.write(period, requests, stock, planned, REPORTED)

    def second_wave(self, period: Period) -> None:
        """September to December 2020: few new vouchers, and renewals of those of the first wave."""
        planned = Wave(
            first=date(2020, 9, 7),
            last=date(2020, 11, 20),
            ends=date(2020, 12, 30),
            handed_out=self.size.second_handed_out,
            activated=self.size.second_activated,
            providers=BOTH,
        )
        requests = self.planned(planned)
        start, end = period.asks_from, date(2021, 6, 30)
        stock = {
            slug: self.stocked(
                self.steps.agreed(slug, "Afspraak 2020-2021", start, end, planned.handed_out),
                "najaar 2020",
                end,
                requests,
                start,
            )
            for slug in BOTH
        }
        self.write(period, requests, stock, planned, REPORTED_LATER)

    def wave_of_today(self, period: Period, agreement: Agreement) -> None:
        """Telenet's codes only; nothing is dated today or later."""
        ago = self.steps.ago
        planned = Wave(
            first=ago(43),
            last=ago(1),
            ends=ago(1),
            handed_out=self.size.today,
            activated=self.size.today // 6,
            providers={"telenet": 1.0},
            today=ago(0),
            lean=0.6,
        )
        requests = self.planned(planned)
        until = self.steps.today + timedelta(days=270)
        stock = {"telenet": self.stocked(agreement, "tweede levering", until, requests, ago(43))}
        self.write(period, requests, stock, planned, [ago(21), ago(14), ago(8), ago(2)])

    # How a wave is made

    def planned(self, planned: Wave) -> list[Request]:
        """Its requests, from the organisations that existed when it began."""
        schools, governments = askers(planned.first, but=self.steps.people.organisations.values())
        return wave.plan(planned, schools, governments, self.rng)

    def stocked(
        self, agreement: Agreement, name: str, until: date, requests: Sequence[Request], day: date
    ) -> Pool:
        """As many codes as the plan needs from this provider, and some more."""
        needed = bulk.codes_needed(requests)[agreement.provider.slug]
        size = (needed + needed // 40) // 100 * 100 + 100
        return self.steps.stocked(agreement, name, until, size, day)

    def write(
        self,
        period: Period,
        requests: Sequence[Request],
        stock: Mapping[str, Pool],
        planned: Wave,
        reported: Sequence[date],
    ) -> None:
        """The requests, what became of them, and what the providers report on these days."""
        officer = self.steps.officer
        asking = Organisation.objects.filter(pk__in={each.asker.organisation for each in requests})
        persons = coordinators_of(asking, self.rng)
        period.refresh_from_db()
        with bulk.written(
            requests, period=period, pools=stock, persons=persons, officer=officer
        ) as lines:
            self.replace(lines, min(planned.ends, planned.today - timedelta(days=1)))
            bulk.print_again(officer=officer)
        self.report(lines, reported)

    def replace(self, lines: Mapping[int, Line], day: date) -> None:
        """A few codes do not work; on this day their pupils get another one."""
        broken = [pk for pk, line in lines.items() if line.fate == Fate.REPLACED]
        for hand_out in HandOut.objects.live().filter(line__in=broken, given_at__lt=at(day)):
            lifecycle.replace(
                hand_out=hand_out,
                by=self.steps.officer,
                now=at(day),
                reason=self.rng.choice([VoidReason.FAULTY, VoidReason.LOST]),
            )

    def report(self, lines: Mapping[int, Line], days: Sequence[date]) -> None:
        """The providers' files of these days. The first activation of each comes last: late."""
        for slug, used in self.used(lines).items():
            late = min(used, key=lambda each: each[1])
            for previous, day in zip([date.min, *days], days, strict=False):
                reported = [
                    each
                    for each in used
                    if (day == days[-1] if each is late else previous < each[1] <= day)
                ]
                if reported:
                    self.steps.reported(slug, reported, learned=day)

    def used(self, lines: Mapping[int, Line]) -> dict[str, list[tuple[str, date]]]:
        """For each provider the codes in use and since when."""
        since = {pk: line.used for pk, line in lines.items() if line.used}
        rows = HandOut.objects.live().filter(line__in=since).order_by("line_id")
        found: defaultdict[str, list[tuple[str, date]]] = defaultdict(list)
        for pk, slug, file, line in rows.values_list(
            "line_id", "voucher__provider__slug", "voucher__file_id", "voucher__line"
        ):
            used = since[pk]
            assert used
            found[slug].append((self.steps.delivered[file, line], used))
        return found

    # Renewals of the first wave, during the second

    def renew(self, first: Period) -> None:
        """Codes of the first wave are extended, asked for and done in a few rounds."""
        by_hand = Renewal.objects.filter(hand_out__line__period=first).count()
        active = HandOut.objects.live().activated().filter(line__period=first, renewals=None)
        found = list(active.order_by("line_id").values_list("pk", "line__organisation_id"))
        chosen = self.rng.sample(found, self.size.renewed - by_hand)
        asking = Organisation.objects.filter(pk__in={pk for _hand_out, pk in chosen})
        persons = coordinators_of(asking, self.rng)
        for number, round_ in enumerate(RENEWED):
            in_round = {
                hand_out: persons[organisation]
                for hand_out, organisation in chosen
                if organisation % len(RENEWED) == number
            }
            self.renewed(in_round, *round_)

    def renewed(self, hand_outs: Mapping[int, int], asked: date, listed: date, done: date) -> None:
        """Asked by the coordinators, passed on where the ministry decides, done by the provider."""
        officer = self.steps.officer
        bulk.ask_renewals(hand_outs, now=at(asked), officer=officer)
        waiting = Renewal.objects.filter(hand_out__in=hand_outs).values_list("pk", flat=True)
        renewals.pass_on(renewals=list(waiting), by=officer, now=at(listed, 9))
        for slug in BOTH:
            self.steps.renewed(slug, listed=listed, done=done)


def handed_out_and_activated(period: Period) -> tuple[int, int]:
    """The number of lines of this period with a live code, and of those with an activation."""
    live = HandOut.objects.live().filter(line__period=period)
    used = Activation.objects.standing().filter(hand_out__line__period=period)
    return live.count(), used.count()


def askers(day: date, *, but: Collection[Organisation]) -> tuple[list[Asker], list[Asker]]:
    """Schools, each for its own pupils; municipalities and OCMWs that have schools (not `but`)."""
    pupils = dict(PupilCount.objects.values_list("organisation_id", "pupils"))
    existing = Organisation.objects.existing_on(day).exclude(pk__in=[each.pk for each in but])
    schools, governments = [], []
    by_place: defaultdict[str, list[School]] = defaultdict(list)
    for each in existing.order_by("pk"):
        if not each.is_school:
            governments.append(each)
            continue
        school = as_planned(each, pupils.get(each.pk, PUPILS_UNKNOWN))
        by_place[each.nis_code].append(school)
        schools.append(Asker(each.pk, (school,)))
    return schools, list(with_schools(governments, by_place))


def as_planned(school: Organisation, pupils: int) -> School:
    """With as many pupils who need a voucher as its size and place make likely."""
    in_brussels = school.province == Province.BRUSSEL
    pull = PULL_OF_BRUSSELS if in_brussels else PULL.get(school.municipality, 1.0)
    types = tuple(school.education_types) or (EducationType.UNKNOWN.value,)
    return School(school.pk, types, pupils * pull)


def with_schools(
    governments: Iterable[Organisation], by_place: Mapping[str, Sequence[School]]
) -> Iterable[Asker]:
    """Those with a school in their municipality."""
    for each in governments:
        if by_place.get(each.nis_code):
            yield Asker(each.pk, tuple(by_place[each.nis_code]))

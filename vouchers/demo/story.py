"""What happened in the demo: a wave of 2020 from request to renewal, and one that is open today."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import count

from schools.models import Organisation, User
from voucherportal.days import BRUSSELS
from vouchers.actions import handing_out, lifecycle, pools, provider_files, renewals, requests
from vouchers.demo.mails import tell_mails
from vouchers.demo.people import People
from vouchers.models import (
    Agreement,
    HandOut,
    Period,
    Pool,
    Provider,
    ProviderFile,
    Renewal,
    VoucherRequest,
)
from vouchers.states import FileKind, RenewalRule, Wish

ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
PROVIDERS = (
    ("telenet", "Telenet", "Zet wifi aan op je toestel.\nKies het netwerk TelenetWifree.\n"
     "Typ je code en je wachtwoord in."),
    ("proximus", "Proximus", "Zet wifi aan op je toestel.\nKies het netwerk Proximus Wi-Fi.\n"
     "Typ je code en je wachtwoord in."),
)  # fmt: skip


def at(day: date, hour: int = 10) -> datetime:
    """A moment on this day in Brussels."""
    return datetime.combine(day, time(hour), BRUSSELS)


def make_providers() -> dict[str, Provider]:
    """Telenet and Proximus, with addresses that lead nowhere."""
    return {
        slug: Provider.objects.create(
            slug=slug, name=name, instructions=instructions, secret_columns=["wachtwoord"],
            start_url=f"https://{slug}.oefening.example/start",
        )
        for slug, name, instructions in PROVIDERS
    }  # fmt: skip


class Story:
    """Walks the sample data along the road by the real actions, on the days of the story."""

    def __init__(self, people: People, providers: dict[str, Provider], today: date) -> None:
        self.people = people
        self.providers = providers
        self.today = today
        self.officer = people.by_name["olga"]
        self.references = count(1)
        # What the providers delivered, by file and line: nobody here opens a code.
        self.delivered: dict[tuple[int, int], str] = {}

    def tell(self) -> None:
        """Everything, oldest first."""
        self.wave_of_2020()
        self.wave_of_today()
        tell_mails(now=at(self.today))

    # 2020: from request to renewal.

    def wave_of_2020(self) -> None:
        """Golf 1: five requests, letters, activations; renewed in golf 2."""
        first = self.period("golf-1", "Golf 1", "G1", date(2020, 3, 1), date(2020, 7, 31))
        self.period("golf-2", "Golf 2", "G2", date(2020, 9, 1), date(2020, 12, 31))
        stock = date(2020, 3, 2)
        telenet = self.stocked("telenet", "2020", "maart 2020", date(2020, 6, 30), 40, stock)
        self.stocked("proximus", "2020", "maart 2020", date(2020, 10, 31), 20, stock)
        asks = [("900001", 6), ("900002", 12), ("900003", 5), ("900004", 8)]
        sent = [self.request(number, first, pupils, date(2020, 3, 9)) for number, pupils in asks]
        sent.append(self.welfare_centre_of_2020(first))
        hand_outs = []
        for request in sent:
            hand_outs += self.served(request, date(2020, 3, 12))
        seen = [each for number, each in enumerate(hand_outs) if number % 5]
        self.letters(seen, date(2020, 3, 16), given=date(2020, 3, 18))
        active = [each for each in seen if each.voucher.provider_id == telenet.provider_id][::4]
        self.activated(active, date(2020, 4, 10), learned=date(2020, 4, 20))
        self.renewed(active, asked=date(2020, 9, 14), done=date(2020, 9, 20))
        for slug in ("golf-1", "golf-2"):
            period = Period.objects.get(slug=slug)
            closing = period.asks_until + timedelta(days=1)
            pools.close_period(period=period, by=self.officer, now=at(closing))

    def welfare_centre_of_2020(self, period: Period) -> VoucherRequest:
        """The OCMW asks for six pupils in Aalst and four in Brussels."""
        schools = [self.school("900001")] * 6 + [self.school("900002")] * 4
        return self.request("0900000001", period, schools, date(2020, 3, 10))

    # Today: something on every screen.

    def wave_of_today(self) -> None:
        """Golf 3 takes requests now: one in every state, codes in most stages."""
        period = self.period(
            "golf-3", "Golf 3", "G3", self.ago(45), self.today + timedelta(days=60)
        )
        year, until = str(self.today.year), self.today + timedelta(days=300)
        self.stocked("telenet", year, f"najaar {year}", until, 60, self.ago(44))
        self.stocked("proximus", year, f"najaar {year}", until, 12, self.ago(44))
        own = self.served(self.request("900001", period, 8, self.ago(40)), self.ago(38))
        self.letters(own[:5], self.ago(36), given=None)
        self.mark_given(own[:4], self.ago(35))
        self.activated(own[:2], self.ago(20), learned=self.ago(14))
        self.request("900001", period, 3, self.ago(2))
        self.request("900002", period, 14, self.ago(4), only="proximus")
        self.returned(self.request("900003", period, 4, self.ago(6)), self.ago(5))
        self.granted(self.request("900004", period, 5, self.ago(9)), self.ago(7))
        self.refused(self.request("900005", period, 2, self.ago(12)), self.ago(10))
        self.draft("0900000001", period, ["AA-1", "AA-2"], self.ago(1))
        self.waiting_file(own[2:4])

    def ago(self, days: int) -> date:
        """So many days before today."""
        return self.today - timedelta(days=days)

    # The steps.

    def school(self, number: str) -> Organisation:
        """An organisation by its number."""
        return self.people.organisations[number]

    def asker(self, organisation: Organisation) -> User:
        """The coordinator of this organisation."""
        return organisation.memberships.order_by("id")[0].user

    def period(self, slug: str, name: str, prefix: str, start: date, end: date) -> Period:
        """A period, set up by the officer."""
        period = Period(
            slug=slug, name=name, prefix=prefix,
            asks_from=start, asks_until=end, reports_from=start, reports_until=end,
        )  # fmt: skip
        return pools.set_up_period(period=period, by=self.officer, now=at(start))

    def stocked(
        self, slug: str, year: str, name: str, valid_until: date, size: int, day: date
    ) -> ProviderFile:
        """A pool with this many codes, under the agreement of that year."""
        provider = self.providers[slug]
        agreement = pools.set_up_agreement(
            agreement=Agreement(
                provider=provider, name=f"Afspraak {year}", promised=size,
                # In January the wave that is open began last year.
                starts_on=min(date(int(year), 1, 1), day - timedelta(days=1)),
                ends_on=max(date(int(year), 12, 31), valid_until),
            ),
            by=self.officer, now=at(day),
        )  # fmt: skip
        rule = RenewalRule.AT_ONCE if slug == "telenet" else RenewalRule.BY_OFFICER
        pool = pools.set_up_pool(
            pool=Pool(
                agreement=agreement, name=name, valid_until=valid_until, renewal_rule=rule
            ),
            by=self.officer, now=at(day),
        )  # fmt: skip
        delivered = [slug[0].upper() + random_text(9) for _ in range(size)]
        rows = [f"{code};{random_text(8)}" for code in delivered]
        file = self.filed(
            FileKind.CODES, provider, f"{slug}-{year}.csv", ["code;wachtwoord", *rows],
            by=self.officer, day=day, pool=pool,
        )  # fmt: skip
        self.delivered |= {(file.pk, line): code for line, code in enumerate(delivered, start=2)}
        return file

    def filed(
        self, kind: FileKind, provider: Provider, name: str, rows: Sequence[str], *,
        by: User, day: date, pool: Pool | None = None, applied: bool = True,
    ) -> ProviderFile:  # fmt: skip
        """A file received, checked and applied as a person would."""
        now = at(day, 14)
        file = provider_files.receive(
            kind=kind, provider=provider, name=name, content="\r\n".join(rows).encode(), by=by,
            now=now, pool=pool, complete_until=None if pool else day,
        ).file  # fmt: skip
        provider_files.check(file=file, now=now)
        if applied:
            provider_files.apply(file=file, by=by, now=now)
        file.refresh_from_db()
        return file

    def draft(
        self, number: str, period: Period, references: Sequence[str], day: date,
        schools: Sequence[Organisation] | None = None, only: str = "",
    ) -> VoucherRequest:  # fmt: skip
        """A request that is not sent yet."""
        asker = self.school(number)
        by, now = self.asker(asker), at(day, 9)
        of = schools or [asker if asker.is_school else self.school("900001")] * len(references)
        request = requests.create_draft(organisation=asker, period=period, by=by, now=now)
        requests.save_draft(
            request=request,
            lines=[
                requests.LineInput(reference=text, school=school)
                for text, school in zip(references, of, strict=True)
            ],
            defaults=requests.Defaults(
                education_type=of[0].education_types[0],
                wish=Wish.ONLY if only else Wish.NONE,
                wish_provider=self.providers[only] if only else None,
            ),
            by=by, now=now,
        )  # fmt: skip
        return request

    def request(
        self, number: str, period: Period, pupils: int | Sequence[Organisation], day: date,
        only: str = "",
    ) -> VoucherRequest:  # fmt: skip
        """A request that is sent, for so many pupils or for pupils of these schools."""
        schools = None if isinstance(pupils, int) else pupils
        size = pupils if isinstance(pupils, int) else len(pupils)
        references = [f"LL-{next(self.references):04d}" for _ in range(size)]
        draft = self.draft(number, period, references, day, schools, only)
        by = self.asker(self.school(number))
        return requests.submit(request=draft, by=by, now=at(day, 10))

    def granted(self, request: VoucherRequest, day: date) -> VoucherRequest:
        """Every pupil granted."""
        return requests.grant_all(request=request, by=self.officer, now=at(day, 11))

    def served(self, request: VoucherRequest, day: date) -> list[HandOut]:
        """Granted and handed out."""
        self.granted(request, day)
        handing_out.hand_out(request=request, by=self.officer, now=at(day, 12))
        found = HandOut.objects.live().filter(line__request=request)
        return list(found.select_related("voucher__provider", "line").order_by("line__position"))

    def returned(self, request: VoucherRequest, day: date) -> None:
        """Sent back with a question."""
        question = "Zijn dit leerlingen van de hoofdschool of van de vestiging in Ledeberg?"
        requests.return_to_asker(
            request=request, question=question, by=self.officer, now=at(day, 11)
        )

    def refused(self, request: VoucherRequest, day: date) -> None:
        """Every pupil refused, with a reason."""
        reason = "Deze leerlingen hebben thuis al internet via het OCMW."
        refused = dict.fromkeys(request.lines.values_list("pk", flat=True), reason)
        requests.decide(
            request=request, granted=[], refused=refused, by=self.officer, now=at(day, 11)
        )

    def letters(self, hand_outs: Sequence[HandOut], day: date, *, given: date | None) -> None:
        """Printed by each one's own coordinator, and perhaps given to the families."""
        for organisation, pks in by_organisation(hand_outs).items():
            by = self.asker(organisation)
            lifecycle.reveal(hand_outs=pks, by=by, now=at(day, 9))
        if given:
            self.mark_given(hand_outs, given)

    def mark_given(self, hand_outs: Sequence[HandOut], day: date) -> None:
        """The letters went home."""
        for organisation, pks in by_organisation(hand_outs).items():
            lifecycle.mark_given(hand_outs=pks, by=self.asker(organisation), now=at(day, 16))

    def activated(self, hand_outs: Sequence[HandOut], on: date, *, learned: date) -> None:
        """Telenet reports these codes in use since a day."""
        rows = [f"{self.code_of(each)};{on:%d/%m/%Y}" for each in hand_outs]
        self.filed(
            FileKind.ACTIVATIONS, self.providers["telenet"], f"activaties-{learned}.csv",
            ["code;geactiveerd op", *rows], by=self.people.by_name["tom"], day=learned,
        )  # fmt: skip

    def code_of(self, hand_out: HandOut) -> str:
        """The code of a hand-out, as the provider who delivered it knows it."""
        return self.delivered[hand_out.voucher.file_id, hand_out.voucher.line]

    def waiting_file(self, hand_outs: Sequence[HandOut]) -> None:
        """Checked, with one row that is wrong, waiting for Telenet's person to apply it."""
        rows = [f"{self.code_of(each)};{self.ago(3):%d/%m/%Y}" for each in hand_outs]
        self.filed(
            FileKind.ACTIVATIONS, self.providers["telenet"], "activaties-nieuw.csv",
            ["code;geactiveerd op", *rows, "ONBEKEND-1;01/01/2020"],
            by=self.people.by_name["tom"], day=self.ago(1), applied=False,
        )  # fmt: skip

    def renewed(self, hand_outs: Sequence[HandOut], *, asked: date, done: date) -> None:
        """Asked by each coordinator, sent to the provider and confirmed by it."""
        for organisation, pks in by_organisation(hand_outs).items():
            renewals.ask(hand_outs=pks, by=self.asker(organisation), now=at(asked))
        tom, telenet = self.people.by_name["tom"], self.providers["telenet"]
        renewals.take_list(provider=telenet, by=tom, now=at(asked + timedelta(days=2)))
        sent = telenet_renewals(telenet)
        renewals.confirm(
            renewals=sent, on=done, valid_until=date(2021, 6, 30), by=tom, now=at(done, 15)
        )


def random_text(length: int) -> str:
    """Letters and digits that are not mistaken for one another."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def telenet_renewals(provider: Provider) -> list[int]:
    """The renewals that are with this provider."""
    open_ones = Renewal.objects.open().filter(hand_out__voucher__provider=provider)
    return list(open_ones.values_list("pk", flat=True))


def by_organisation(hand_outs: Sequence[HandOut]) -> dict[Organisation, list[int]]:
    """Hand-outs per asker."""
    found: dict[Organisation, list[int]] = {}
    for hand_out in hand_outs:
        found.setdefault(hand_out.line.organisation, []).append(hand_out.pk)
    return found

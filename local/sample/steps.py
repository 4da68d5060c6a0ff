"""The steps of the road, each taken by a person of the demo: by the real actions, dated.

Tested in `local.sample.tests.test_story`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import count

from accounts.models import User
from common.days import at
from local.sample.people import People
from schools.models import Organisation
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import lifecycle, renewals, reveals
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools
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

RENEWED_UNTIL = date(2021, 6, 30)
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
PROVIDERS = (
    ("telenet", "Telenet", "Zet wifi aan op je toestel.\nKies het netwerk TelenetWifree.\n"
     "Typ je code en je wachtwoord in."),
    ("proximus", "Proximus", "Zet wifi aan op je toestel.\nKies het netwerk Proximus Wi-Fi.\n"
     "Typ je code en je wachtwoord in."),
)  # fmt: skip


def make_providers() -> dict[str, Provider]:
    """Telenet and Proximus, with addresses that lead nowhere."""
    return {
        slug: Provider.objects.create(
            slug=slug,
            name=name,
            instructions=instructions,
            secret_columns=["wachtwoord"],
            start_url=f"https://{slug}.oefening.example/start",
        )
        for slug, name, instructions in PROVIDERS
    }


class Steps:
    """The steps of the road for the people of the demo, by the real actions, on days of a story."""

    def __init__(self, people: People, providers: dict[str, Provider], today: date) -> None:
        self.people = people
        self.providers = providers
        self.today = today
        self.officer = people.by_name["olga"]
        self.reporters = {"telenet": people.by_name["tom"], "proximus": people.by_name["petra"]}
        self.references = count(1)
        # What the providers delivered, by file and line: nobody decrypts a code here.
        self.delivered: dict[tuple[int, int], str] = {}

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def school(self, number: str) -> Organisation:
        return self.people.organisations[number]

    def asker(self, organisation: Organisation) -> User:
        return organisation.memberships.order_by("id")[0].user

    def period(self, slug: str, name: str, prefix: str, start: date, end: date) -> Period:
        period = Period(
            slug=slug,
            name=name,
            prefix=prefix,
            asks_from=start,
            asks_until=end,
            reports_from=start,
            reports_until=end,
        )
        return pools.set_up_period(period=period, by=self.officer, now=at(start))

    def agreed(self, slug: str, name: str, starts: date, ends: date, promised: int) -> Agreement:
        agreement = Agreement(
            provider=self.providers[slug],
            name=name,
            starts_on=starts,
            ends_on=ends,
            promised=promised,
        )
        return pools.set_up_agreement(agreement=agreement, by=self.officer, now=at(starts))

    def stocked(
        self, agreement: Agreement, name: str, valid_until: date, size: int, day: date
    ) -> Pool:
        provider = agreement.provider
        rule = RenewalRule.AT_ONCE if provider.slug == "telenet" else RenewalRule.BY_OFFICER
        pool = pools.set_up_pool(
            pool=Pool(agreement=agreement, name=name, valid_until=valid_until, renewal_rule=rule),
            by=self.officer,
            now=at(day),
        )
        letter = provider.slug[0].upper()
        delivered = [letter + random_text(9) for _ in range(size)]
        rows = [f"{code};{random_text(8)}" for code in delivered]
        file = self.filed(
            FileKind.CODES,
            provider,
            f"{provider.slug}-{name}.csv".replace(" ", "-"),
            ["code;wachtwoord", *rows],
            by=self.officer,
            day=day,
            pool=pool,
        )
        self.delivered |= {(file.pk, line): code for line, code in enumerate(delivered, start=2)}
        return pool

    def filed(
        self,
        kind: FileKind,
        provider: Provider,
        name: str,
        rows: Sequence[str],
        *,
        by: User,
        day: date,
        pool: Pool | None = None,
        applied: bool = True,
    ) -> ProviderFile:
        """A file received, checked and applied as a person would."""
        now = at(day, 14)
        file = provider_files.receive(
            kind=kind,
            provider=provider,
            name=name,
            content="\r\n".join(rows).encode(),
            by=by,
            now=now,
            pool=pool,
            complete_until=None if pool else day,
        ).file
        provider_files.check(file=file, now=now)
        if applied:
            provider_files.apply(file=file, by=by, now=now)
        file.refresh_from_db()
        return file

    def draft(
        self,
        number: str,
        period: Period,
        references: Sequence[str],
        day: date,
        schools: Sequence[Organisation] | None = None,
        only: str = "",
    ) -> VoucherRequest:
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
            by=by,
            now=now,
        )
        return request

    def request(
        self,
        number: str,
        period: Period,
        pupils: int | Sequence[Organisation],
        day: date,
        only: str = "",
    ) -> VoucherRequest:
        """A sent request, for so many pupils or for pupils of these schools."""
        schools = None if isinstance(pupils, int) else pupils
        size = pupils if isinstance(pupils, int) else len(pupils)
        references = [f"LL-{next(self.references):04d}" for _ in range(size)]
        draft = self.draft(number, period, references, day, schools, only)
        by = self.asker(self.school(number))
        return requests.submit(request=draft, by=by, now=at(day, 10))

    def granted(self, request: VoucherRequest, day: date) -> VoucherRequest:
        return requests.grant_all(request=request, by=self.officer, now=at(day, 11))

    def served(self, request: VoucherRequest, day: date) -> list[HandOut]:
        self.granted(request, day)
        handing_out.hand_out(request=request, by=self.officer, now=at(day, 12))
        found = HandOut.objects.live().filter(line__request=request)
        return list(found.select_related("voucher__provider", "line").order_by("line__position"))

    def returned(self, request: VoucherRequest, day: date) -> None:
        question = "Zijn dit leerlingen van de hoofdschool of van de vestiging in Ledeberg?"
        requests.return_to_asker(
            request=request, question=question, by=self.officer, now=at(day, 11)
        )

    def refused(self, request: VoucherRequest, day: date) -> None:
        reason = "Deze leerlingen hebben thuis al internet via het OCMW."
        refused = dict.fromkeys(request.lines.values_list("pk", flat=True), reason)
        requests.decide(
            request=request, granted=[], refused=refused, by=self.officer, now=at(day, 11)
        )

    def withdrawn(self, request: VoucherRequest, day: date) -> None:
        by = self.asker(request.organisation)
        requests.withdraw(request=request, by=by, now=at(day, 15))

    def letters(self, hand_outs: Sequence[HandOut], day: date, *, given: date | None) -> None:
        """Printed by the coordinator of each, and perhaps given to the families."""
        for organisation, pks in by_organisation(hand_outs).items():
            by = self.asker(organisation)
            reveals.reveal(hand_outs=pks, by=by, now=at(day, 9))
        if given:
            self.mark_given(hand_outs, given)

    def mark_given(self, hand_outs: Sequence[HandOut], day: date) -> None:
        for organisation, pks in by_organisation(hand_outs).items():
            lifecycle.mark_given(hand_outs=pks, by=self.asker(organisation), now=at(day, 16))

    def reported(
        self,
        slug: str,
        used: Iterable[tuple[str, date]],
        *,
        learned: date,
        name: str = "activaties",
        applied: bool = True,
    ) -> None:
        """A provider reports codes, each with the day since which it is in use."""
        rows = [f"{code};{on:%d/%m/%Y}" for code, on in used]
        self.filed(
            FileKind.ACTIVATIONS,
            self.providers[slug],
            f"{name}-{learned}.csv",
            ["code;geactiveerd op", *rows],
            by=self.reporters[slug],
            day=learned,
            applied=applied,
        )

    def code_of(self, hand_out: HandOut) -> str:
        """The code of a hand-out, as known to the provider who delivered it."""
        return self.delivered[hand_out.voucher.file_id, hand_out.voucher.line]

    def renewed(self, slug: str, *, listed: date, done: date) -> None:
        """The provider downloads its list of renewals and does them all."""
        by, provider = self.reporters[slug], self.providers[slug]
        renewals.take_list(provider=provider, by=by, now=at(listed))
        renewals.confirm(
            renewals=open_renewals(provider),
            on=done,
            valid_until=RENEWED_UNTIL,
            by=by,
            now=at(done, 15),
        )

    def closed(self, period: Period) -> None:
        """Closed on the day after its last one."""
        closing = period.asks_until + timedelta(days=1)
        pools.close_period(period=period, by=self.officer, now=at(closing))


# Each random byte as one of the letters; that some come slightly more often does no harm here.
LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))


def random_text(length: int) -> str:
    """Letters and digits that cannot be mistaken for one another."""
    return secrets.token_bytes(length).translate(LETTERS).decode()


def open_renewals(provider: Provider) -> list[int]:
    """The renewals that are waiting for this provider."""
    open_ones = Renewal.objects.open().filter(hand_out__voucher__provider=provider)
    return list(open_ones.values_list("pk", flat=True))


def by_organisation(hand_outs: Sequence[HandOut]) -> dict[Organisation, list[int]]:
    found: dict[Organisation, list[int]] = {}
    for hand_out in hand_outs:
        found.setdefault(hand_out.line.organisation, []).append(hand_out.pk)
    return found

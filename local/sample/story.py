"""What the people of the demo did: a wave of 2020 by hand, and one that is open today."""

from datetime import date, timedelta

from common.days import at
from local.sample.sizes import Size
from local.sample.steps import Steps, by_organisation
from vouchers.actions.life import renewals
from vouchers.models import Agreement, HandOut, Period, Voucher, VoucherRequest

SPRING = date(2020, 3, 2)
YEAR = date(2020, 1, 1), date(2020, 12, 31)


class Story(Steps):
    """Takes the people's own organisations along the road, on the days of the story."""

    def agreements_of_2020(self, size: Size) -> dict[str, Agreement]:
        """What the two providers promised for the first lockdown."""
        shares = {"telenet": 33, "proximus": 18}
        return {
            slug: self.agreed(slug, "Afspraak 2020", *YEAR, size.handed_out * share // 47)
            for slug, share in shares.items()
        }

    def first_wave(self, agreements: dict[str, Agreement]) -> Period:
        """Golf 1: five requests, letters, activations; later renewed."""
        period = self.period("golf-1", "Golf 1", "G1", date(2020, 3, 1), date(2020, 7, 31))
        ends = {"telenet": (date(2020, 6, 30), 40), "proximus": (date(2020, 10, 31), 20)}
        for slug, (until, codes) in ends.items():
            self.stocked(agreements[slug], "maart 2020", until, codes, SPRING)
        asks = [("900001", 6), ("900002", 12), ("900003", 5), ("900004", 8)]
        sent = [self.request(number, period, pupils, date(2020, 3, 9)) for number, pupils in asks]
        sent.append(self.welfare_centre(period))
        hand_outs = [each for request in sent for each in self.served(request, date(2020, 3, 12))]
        seen = [each for number, each in enumerate(hand_outs) if number % 5]
        self.letters(seen, date(2020, 3, 16), given=date(2020, 3, 18))
        used = [(self.code_of(each), date(2020, 4, 10)) for each in of_telenet(seen)]
        self.reported("telenet", used, learned=date(2020, 4, 20))
        return period

    def welfare_centre(self, period: Period) -> VoucherRequest:
        """The OCMW asks for six pupils in Aalst and four in Brussels."""
        schools = [self.school("900001")] * 6 + [self.school("900002")] * 4
        return self.request("0900000001", period, schools, date(2020, 3, 10))

    def second_wave(self, first: Period) -> Period:
        """Golf 2: codes of the first wave that are in use are extended, on simple request."""
        period = self.period("golf-2", "Golf 2", "G2", date(2020, 9, 1), date(2020, 12, 31))
        own = [each.pk for each in self.people.organisations.values()]
        active = HandOut.objects.live().activated().filter(line__period=first)
        by_hand = active.filter(line__organisation__in=own).select_related("line__organisation")
        for organisation, pks in by_organisation(list(by_hand)).items():
            renewals.ask(hand_outs=pks, by=self.asker(organisation), now=at(date(2020, 9, 14)))
        self.renewed("telenet", listed=date(2020, 9, 16), done=date(2020, 9, 20))
        return period

    def wave_of_today(self) -> tuple[Period, Agreement]:
        """Golf 3 takes requests now: one in every state, codes in most stages."""
        period = self.period(
            "golf-3", "Golf 3", "G3", self.ago(45), self.today + timedelta(days=60)
        )
        agreement = self.stock_of_today()
        own = self.served(self.request("900001", period, 8, self.ago(40)), self.ago(38))
        self.letters(own[:5], self.ago(36), given=None)
        self.mark_given(own[:4], self.ago(35))
        used = [(self.code_of(each), self.ago(20)) for each in own[:2]]
        self.reported("telenet", used, learned=self.ago(15))
        self.with_nobody()
        karin = self.people.by_name["karin"]
        renewals.ask(hand_outs=[own[0].pk], by=karin, now=at(self.ago(3)))
        self.request("900001", period, 3, self.ago(2))
        self.request("900002", period, 14, self.ago(4), only="proximus")
        self.returned(self.request("900003", period, 4, self.ago(6)), self.ago(5))
        self.granted(self.request("900004", period, 5, self.ago(9)), self.ago(7))
        self.refused(self.request("900005", period, 2, self.ago(12)), self.ago(10))
        self.withdrawn(self.request("900006", period, 3, self.ago(8)), self.ago(7))
        self.draft("0900000001", period, ["AA-1", "AA-2"], self.ago(1))
        self.waiting_file(own[2:4])
        return period, agreement

    def with_nobody(self) -> None:
        """Telenet reports a code that is still in stock: it is held, and an alert is raised."""
        free = Voucher.objects.free().filter(provider=self.providers["telenet"])
        code = free.latest("pk")
        delivered = self.delivered[code.file_id, code.line]
        learned = self.ago(2)
        self.reported("telenet", [(delivered, learned)], learned=learned, name="activaties-vreemd")

    def stock_of_today(self) -> Agreement:
        """A pool for each provider; returns the agreement with Telenet."""
        year, until = self.today.year, self.today + timedelta(days=300)
        # In January the wave that is open began last year.
        starts = min(date(year, 1, 1), self.ago(45))
        ends = max(date(year, 12, 31), until)
        agreements = []
        for slug, promised, codes in (("telenet", 1000, 60), ("proximus", 12, 12)):
            agreement = self.agreed(slug, f"Afspraak {year}", starts, ends, promised)
            self.stocked(agreement, f"najaar {year}", until, codes, self.ago(44))
            agreements.append(agreement)
        return agreements[0]

    def waiting_file(self, hand_outs: list[HandOut]) -> None:
        """Checked, with one bad row, waiting for Telenet's person to apply it."""
        used = [(self.code_of(each), self.ago(3)) for each in hand_outs]
        self.reported(
            "telenet",
            [*used, ("ONBEKEND-1", date(2020, 1, 1))],
            learned=self.ago(1),
            name="activaties-nieuw",
            applied=False,
        )


def of_telenet(hand_outs: list[HandOut]) -> list[HandOut]:
    """Every fourth of Telenet's."""
    return [each for each in hand_outs if each.voucher.provider.slug == "telenet"][::4]

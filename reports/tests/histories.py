"""Histories of the scheme, made by the real actions in the order of their days, for any figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from hypothesis import strategies as st

from accounts.models import User
from accounts.tests.factories import make_coordinator
from common.refused import Refused
from conftest import Cast
from schools.models import Organisation
from schools.tests.factories import make_ocmw
from vouchers.actions.files import provider_files
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import giving_back, lifecycle, renewals, reveals
from vouchers.actions.requests import requests
from vouchers.actions.stock import pools, voiding
from vouchers.models import HandOut, Period, Provider, ProviderFile, Renewal, VoucherRequest
from vouchers.states import FileKind, FileState, RenewalState, VoidReason
from vouchers.tests.factories import at, load_codes, make_period, make_pool, report_activations

M = TypeVar("M", bound=Model)
FIRST_DAY = date(2020, 3, 2)
STEPS = (
    "ask", "ask_for_others", "withdraw", "decide", "undo_decision", "hand_out", "reveal", "give",
    "not_given", "reclaim", "reassign", "give_back", "void", "replace",
    "activate", "undo_file", "renew", "extend", "close",
)  # fmt: skip
# A step: what, how many days after the previous one, and a number to choose with.
steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 25), st.integers(0, 7)),
    min_size=4,
    max_size=30,
)


@dataclass
class History:
    """Takes one step after another; a step that an action refuses does not happen."""

    cast: Cast
    day: date = FIRST_DAY
    names: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        cast = self.cast
        self.second = make_period(
            slug="golf-2", name="Golf 2", prefix="G2", start=date(2020, 5, 1), end=date(2021, 6, 30)
        )
        self.ocmw = make_ocmw()
        self.helper = make_coordinator(self.ocmw, email="ocmw@example.org", name="Ona Ocmw")
        late = make_pool(cast.other_provider, name="laat", valid_until=date(2022, 6, 30))
        for pool, codes in ((cast.pool, 25), (late, 4)):
            load_codes(pool, by=cast.officer, codes=codes, now=at(FIRST_DAY, 0))

    def run(self, happenings: Sequence[tuple[str, int, int]]) -> set[str]:
        """Take all steps; the names of those that did happen."""
        done = set()
        for name, days, choice in happenings:
            self.day += timedelta(days=days)
            try:
                with transaction.atomic():
                    if getattr(self, name)(choice):
                        done.add(name)
            except Refused:
                continue
        return done

    def ask(self, choice: int) -> object:
        """A school asks for one to four of its own pupils."""
        own = choice % 2 == 0
        asker = self.cast.school if own else self.cast.other_school
        by = self.cast.coordinator if own else self.cast.other_coordinator
        return self._send(asker, [asker] * (1 + choice // 2), by, self._period(choice))

    def ask_for_others(self, choice: int) -> object:
        """An OCMW asks for pupils of two schools."""
        schools = [self.cast.school, *[self.cast.other_school] * (choice % 3)]
        return self._send(self.ocmw, schools, self.helper, self._period(choice))

    def withdraw(self, choice: int) -> object:
        asked = self._chosen(VoucherRequest.objects.order_by("pk"), choice)
        return asked and requests.withdraw(request=asked, by=self._asker(asked), now=at(self.day))

    def decide(self, choice: int) -> object:
        """An officer grants all lines but the first, or all of them."""
        asked = self._chosen(VoucherRequest.objects.awaiting_decision(), choice)
        if asked is None:
            return None
        lines = [line.pk for line in asked.lines.order_by("position")]
        refused = {lines[0]: "Te laat"} if choice % 3 == 0 else {}
        granted = [pk for pk in lines if pk not in refused]
        return requests.decide(
            request=asked, granted=granted, refused=refused, by=self.cast.officer, now=at(self.day)
        )

    def undo_decision(self, choice: int) -> object:
        """An officer undoes a decision."""
        asked = self._chosen(VoucherRequest.objects.order_by("pk"), choice)
        return asked and requests.undo_decision(
            request=asked, by=self.cast.officer, now=at(self.day)
        )

    def hand_out(self, choice: int) -> object:
        """An officer hands out codes for a request."""
        asked = self._chosen(VoucherRequest.objects.filter(state="DECIDED").order_by("pk"), choice)
        return asked and handing_out.hand_out(
            request=asked, by=self.cast.officer, now=at(self.day), as_many_as_there_are=True
        )

    def reveal(self, choice: int) -> object:
        """A letter is printed."""
        chosen = self._hand_out(choice)
        return chosen and reveals.reveal(
            hand_outs=[chosen.pk], by=self._asker(chosen.line.request), now=at(self.day)
        )

    def give(self, choice: int) -> object:
        """A letter goes home."""
        chosen = self._hand_out(choice)
        return chosen and lifecycle.mark_given(
            hand_outs=[chosen.pk], by=self._asker(chosen.line.request), now=at(self.day)
        )

    def reclaim(self, choice: int) -> object:
        """An officer takes an unseen code back; the pupil waits again, or does not."""
        chosen = self._hand_out(choice)
        return chosen and lifecycle.reclaim(
            hand_outs=[chosen.pk],
            by=self.cast.officer,
            now=at(self.day),
            keep_waiting=choice % 2 == 1,
        )

    def not_given(self, choice: int) -> object:
        """A letter did not go home after all."""
        chosen = self._hand_out(choice)
        return chosen and lifecycle.not_given(
            hand_outs=[chosen.pk], by=self._asker(chosen.line.request), now=at(self.day, 16)
        )

    def reassign(self, choice: int) -> object:
        """A code goes to another pupil of the organisation."""
        chosen = self._hand_out(choice)
        other = chosen and self._chosen(giving_back.who_could_have(chosen), choice)
        if chosen is None or other is None:
            return None
        return giving_back.reassign(
            hand_out=chosen.pk,
            line=other.pk,
            by=self._asker(chosen.line.request),
            now=at(self.day),
            keep_waiting=choice % 2 == 0,
        )

    def give_back(self, choice: int) -> object:
        """An asker gives a code back."""
        chosen = self._hand_out(choice)
        return chosen and giving_back.give_back(
            hand_outs=[chosen.pk], by=self._asker(chosen.line.request), now=at(self.day)
        )

    def void(self, choice: int) -> object:
        """A provider withdraws a code; whoever had it waits for another, or gets it at once."""
        chosen = self._hand_out(choice)
        return chosen and voiding.void(
            vouchers=[chosen.voucher_id],
            reason=VoidReason.WITHDRAWN,
            by=self.cast.officer,
            now=at(self.day),
            also_in_use=choice % 2 == 0,
            replace=choice % 4 == 1,
        )

    def replace(self, choice: int) -> object:
        chosen = self._hand_out(choice)
        return chosen and lifecycle.replace(
            hand_out=chosen, by=self.cast.officer, now=at(self.day), reason=VoidReason.FAULTY
        )

    def activate(self, choice: int) -> object:
        """The provider reports that a code came into use some days before."""
        chosen = self._hand_out(choice)
        if chosen is None:
            return None
        day = max(self.day - timedelta(days=choice), chosen.handed_out_at.date())
        by = self._deliverer(chosen.voucher.provider)
        file = report_activations([chosen], on=day, by=by, now=at(self.day, 18))
        return file.state == FileState.APPLIED

    def undo_file(self, choice: int) -> object:
        """The provider withdraws a file of activations."""
        files = ProviderFile.objects.applied().filter(kind=FileKind.ACTIVATIONS).order_by("pk")
        file = self._chosen(files, choice)
        return file and provider_files.undo(
            file=file, by=self._deliverer(file.provider), now=at(self.day, 19)
        )

    def renew(self, choice: int) -> object:
        """The renewal of an activated code is asked for and done at once."""
        active = HandOut.objects.live().activated().order_by("pk")
        chosen = self._chosen(active, choice)
        if chosen is None:
            return None
        asker = self._asker(chosen.line.request)
        renewals.ask(hand_outs=[chosen.pk], by=asker, now=at(self.day, 20))
        provider, now = chosen.voucher.provider, at(self.day, 21)
        by = self._deliverer(provider)
        renewals.take_list(provider=provider, by=by, now=now)
        sent = Renewal.objects.filter(state=RenewalState.SENT).values_list("pk", flat=True)
        return sent and renewals.confirm(
            renewals=list(sent), on=self.day, valid_until=date(2022, 7, 1 + choice), by=by, now=now
        )

    def extend(self, choice: int) -> object:
        longer = date(2020, 7, 31) + timedelta(days=60 * choice)
        return pools.extend_pool(
            pool=self.cast.pool, valid_until=longer, by=self.cast.officer, now=at(self.day)
        )

    def close(self, choice: int) -> object:
        return pools.close_period(period=self.cast.period, by=self.cast.officer, now=at(self.day))

    def _send(
        self, asker: Organisation, schools: list[Organisation], by: User, period: Period
    ) -> object:
        now = at(self.day)
        asked = requests.create_draft(organisation=asker, period=period, by=by, now=now)
        requests.save_draft(
            request=asked,
            lines=[requests.LineInput(f"K-{next(self.names)}", school) for school in schools],
            defaults=requests.Defaults(education_type="PRIMARY"),
            by=by,
            now=now,
        )
        return requests.submit(request=asked, by=by, now=now)

    def _period(self, choice: int) -> Period:
        return self.second if choice % 3 == 1 else self.cast.period

    def _asker(self, asked: VoucherRequest) -> User:
        askers = {
            self.cast.school.pk: self.cast.coordinator,
            self.cast.other_school.pk: self.cast.other_coordinator,
        }
        return askers.get(asked.organisation_id, self.helper)

    def _deliverer(self, provider: Provider) -> User:
        own = provider == self.cast.provider
        return self.cast.provider_user if own else self.cast.other_provider_user

    def _hand_out(self, choice: int) -> HandOut | None:
        return self._chosen(HandOut.objects.live().order_by("pk"), choice)

    @staticmethod
    def _chosen(rows: QuerySet[M], choice: int) -> M | None:
        found = list(rows)
        return found[choice % len(found)] if found else None

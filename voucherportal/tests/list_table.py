"""The table of every page with a list: who opens it, and what adds rows to it.

Maintained by hand on purpose, like the table of access: a page that is in neither `LISTS` nor
`NO_LIST` fails the suite, and so does a page of `NO_LIST` that turns out to page through rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.test import Client

from accounts.models import Membership, Role, SignInEvent, SignInKind, User
from accounts.second_person import acts
from conftest import Cast
from schools.models import Organisation
from vouchers.models import (
    Agreement,
    Alert,
    Division,
    Export,
    HandOut,
    Mail,
    Period,
    Pool,
    Provider,
    ProviderFile,
    ReclaimNotice,
    ReplacementAsk,
    SchoolHoliday,
    Voucher,
    VoucherRequest,
)
from vouchers.states import AlertKind, HolidayKind, MailKind, RenewalState, VoidReason
from vouchers.tests import hundreds
from vouchers.tests.factories import at, load_codes, make_pool

# What a page shows of n rows: 50 of them with a way to the others, all of them in tables, or
# something else: a count, a paragraph.
PAGED, WHOLE, COUNTED = "paged", "whole", "counted"


@dataclass(frozen=True)
class Listing:
    """One page, as one person sees it. more: adds that many rows; of: what is in its address;
    query: the filter under which the rows are shown."""

    page: str
    who: str
    more: Callable[[Cast, int], object]
    shows: str = PAGED
    of: Callable[[Cast], dict[str, Any]] | None = None
    query: str = ""

    @property
    def name(self) -> str:
        return f"{self.page}{self.query} of {self.who}"


# What adds rows


def sessions(cast: Cast, count: int) -> None:
    """Browsers in which the coordinator is signed in."""
    for _turn in range(count):
        Client().force_login(cast.coordinator)


def sent(cast: Cast, count: int) -> list[VoucherRequest]:
    """Requests that wait for a decision."""
    return hundreds.sent_requests([cast.school] * count, cast.period, by=cast.coordinator)


def decided(cast: Cast, count: int) -> list[VoucherRequest]:
    """Requests whose pupil waits for a code."""
    made = sent(cast, count)
    hundreds.grant(made, by=cast.officer)
    return made


def codes(cast: Cast, count: int) -> list[HandOut]:
    """Pupils with a code, each of another request."""
    lines = hundreds.grant(sent(cast, count), by=cast.officer)
    return hundreds.hand_out(lines, cast.provider, by=cast.officer)


def in_use(cast: Cast, count: int) -> list[HandOut]:
    made = codes(cast, count)
    hundreds.activate(made, by=cast.provider_user)
    return made


def renewals(state: str) -> Callable[[Cast, int], None]:
    """Renewals of codes in use, taken as far as this state."""
    return lambda cast, count: hundreds.renewals(in_use(cast, count), by=cast.officer, state=state)


def the_request(cast: Cast) -> VoucherRequest:
    """The request whose page is opened; created when there is none."""
    found = VoucherRequest.objects.order_by("pk").first()
    return found or hundreds.drafts([cast.school], cast.period, by=cast.coordinator)[0]


def pupils_to_check(cast: Cast, count: int) -> None:
    """Pupils in one draft that can be sent today."""
    cast.period.asks_until = hundreds.FAR
    cast.period.save()
    hundreds.add_lines(the_request(cast), count, education_type=cast.school.education_types[0])


def pupils_sent(cast: Cast, count: int) -> VoucherRequest:
    """Pupils in one request that was sent."""
    request = the_request(cast)
    hundreds.add_lines(request, count)
    hundreds.send([request], by=cast.coordinator)
    return request


def pupils_served(cast: Cast, count: int) -> VoucherRequest:
    """Pupils of one request, each with a code."""
    request = pupils_sent(cast, count)
    hundreds.hand_out(hundreds.grant([request], by=cast.officer), cast.provider, by=cast.officer)
    return request


def pupils_waiting(cast: Cast, count: int) -> VoucherRequest:
    """Granted pupils of one request, without a code."""
    request = pupils_sent(cast, count)
    hundreds.grant([request], by=cast.officer)
    return request


def schools(count: int) -> list[Organisation]:
    """Schools that nobody asked for before."""
    return Organisation.objects.bulk_create(
        Organisation(
            kind=Organisation.Kind.SCHOOL, number=f"{next(hundreds.numbers):06d}",
            name="Vrije Basisschool", municipality="Aalst", nis_code="41002",
            province="BE-VOV", education_types=["PRIMARY"],
        )
        for _ in range(count)
    )  # fmt: skip


def more_schools(cast: Cast, count: int) -> None:
    schools(count)


def asking_schools(cast: Cast, count: int) -> None:
    """Schools that asked for a pupil."""
    hundreds.sent_requests(schools(count), cast.period, by=cast.coordinator)


def own_schools(cast: Cast, count: int) -> None:
    """Schools that the coordinator acts for too."""
    Membership.objects.bulk_create(
        Membership(user=cast.coordinator, organisation=each) for each in schools(count)
    )


def people(cast: Cast, count: int) -> None:
    """Coordinators of one's own school, invited by the officer."""
    made = User.objects.bulk_create(
        User(
            email=f"persoon-{next(hundreds.numbers)}@example.org", name="Iemand",
            role=Role.COORDINATOR, password="!", invited_at=hundreds.ASKED, invited_by=cast.officer,
        )
        for _ in range(count)
    )  # fmt: skip
    Membership.objects.bulk_create(Membership(user=each, organisation=cast.school) for each in made)


def activation_files(cast: Cast, count: int) -> list[ProviderFile]:
    """Activation files of the own provider."""
    return hundreds.files(cast.provider, by=cast.provider_user, count=count)


def code_files(cast: Cast, count: int) -> list[ProviderFile]:
    return hundreds.files(cast.provider, by=cast.officer, count=count, pool=cast.pool)


def asked_replacements(cast: Cast, count: int) -> None:
    """Codes that do not work, according to those who asked for them."""
    codes(cast, count)
    ReplacementAsk.objects.bulk_create(
        ReplacementAsk(
            hand_out=each, reason=VoidReason.FAULTY, asked_at=hundreds.ASKED,
            asked_by=cast.coordinator,
        )
        for each in HandOut.objects.filter(asks=None)
    )  # fmt: skip


def rows_of_file(cast: Cast, count: int) -> None:
    file = ProviderFile.objects.filter(kind="ACTIVATIONS").first() or activation_files(cast, 1)[0]
    hundreds.file_rows(file, count)


def shares_of_schools(cast: Cast, count: int) -> None:
    """Schools that took part in one division, each with a request."""
    division = the_division(cast)
    asked = hundreds.sent_requests(schools(count), cast.period, by=cast.coordinator)
    hundreds.shares(division, asked)


def the_division(cast: Cast) -> Division:
    """The division whose page is opened; created when there is none."""
    found = Division.objects.order_by("pk").first()
    return found or hundreds.divisions([the_request(cast)], by=cast.officer)[0]


def divisions(cast: Cast, count: int) -> None:
    hundreds.divisions([the_request(cast)] * count, by=cast.officer)


def waiting_schools(cast: Cast, count: int) -> None:
    """Schools with a pupil who waits; there is a code for one of them."""
    if not Voucher.objects.exists():
        pool = make_pool(cast.provider, name="voor een", valid_until=hundreds.FAR)
        load_codes(pool, by=cast.officer, codes=1)
    asked = hundreds.sent_requests(schools(count + 1), cast.period, by=cast.coordinator)
    hundreds.grant(asked, by=cast.officer)


def finished_jobs(cast: Cast, count: int) -> None:
    """Finished jobs, each of another file."""
    hundreds.jobs(activation_files(cast, count), by=cast.provider_user)


def pools(cast: Cast, count: int) -> None:
    Pool.objects.bulk_create(
        Pool(
            agreement=cast.pool.agreement, name=f"levering {next(hundreds.numbers)}",
            valid_until=hundreds.FAR,
        )
        for _ in range(count)
    )  # fmt: skip


def mails(cast: Cast, count: int) -> None:
    """Mails about as many requests, all waiting to be sent."""
    Mail.objects.bulk_create(
        Mail(
            kind=MailKind.RECEIVED, recipient=cast.coordinator, address=cast.coordinator.email,
            organisation=cast.school, request=request, subject="Ontvangen", body="Bedankt.",
            created_at=hundreds.ASKED, next_attempt_at=hundreds.ASKED,
        )
        for request in sent(cast, count)
    )  # fmt: skip


def alerts(cast: Cast, count: int) -> None:
    """Alerts about as many requests, all open."""
    Alert.objects.bulk_create(
        Alert(
            kind=AlertKind.SEEN_OFTEN, organisation=cast.school, request=request,
            data={"codes": 1, "times": 6, "people": 1}, raised_at=hundreds.ASKED,
        )
        for request in sent(cast, count)
    )  # fmt: skip


def at_the_door(cast: Cast, count: int) -> None:
    """Wrong passwords of the own coordinator."""
    SignInEvent.objects.bulk_create(
        SignInEvent(kind=SignInKind.FAILED, person=cast.coordinator, address="192.0.2.1")
        for _ in range(count)
    )


def seen(cast: Cast, count: int) -> None:
    """Codes that the own coordinator printed, one at a time."""
    hundreds.see(codes(cast, count), by=cast.coordinator)


def seen_again(cast: Cast, count: int) -> None:
    """One code that the own coordinator printed so many times."""
    bond = HandOut.objects.order_by("pk").first() or codes(cast, 1)[0]
    hundreds.see([bond] * count, by=cast.coordinator)


def held_codes(cast: Cast, count: int) -> None:
    hundreds.hold(cast.pool, count, by=cast.officer)


def the_code(cast: Cast) -> dict[str, Any]:
    """The code that was printed."""
    return {"pk": HandOut.objects.earliest("pk").voucher_id}


def exports(cast: Cast, count: int) -> None:
    Export.objects.bulk_create(
        Export(
            name="rapport.csv", format=Export.Format.CSV, asked="Alles.", address="/rapporten/",
            rows=1, sha256=hundreds.digest().hex(), made_at=hundreds.ASKED, made_by=cast.officer,
        )
        for _ in range(count)
    )  # fmt: skip


def agreements(cast: Cast, count: int) -> None:
    """Agreements with a pool each."""
    made = Agreement.objects.bulk_create(
        Agreement(
            provider=cast.provider, name=f"afspraak {next(hundreds.numbers)}",
            starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31),
        )
        for _ in range(count)
    )  # fmt: skip
    Pool.objects.bulk_create(
        Pool(agreement=each, name="levering", valid_until=hundreds.FAR) for each in made
    )


def providers(cast: Cast, count: int) -> None:
    names = [f"provider-{next(hundreds.numbers)}" for _ in range(count)]
    Provider.objects.bulk_create(
        Provider(slug=name, name=name, start_url="https://start.example/", instructions="Typ.")
        for name in names
    )


def periods(cast: Cast, count: int) -> None:
    """Waves of 2020."""
    names = [f"g{next(hundreds.numbers)}" for _ in range(count)]
    first, last = date(2020, 3, 1), date(2020, 7, 31)
    Period.objects.bulk_create(
        Period(
            slug=name, name=name, prefix=name, asks_from=first, asks_until=last,
            reports_from=first, reports_until=last,
        )
        for name in names
    )  # fmt: skip


def announced(cast: Cast, count: int) -> None:
    """Announcements that codes will be taken back, each of another request."""
    made = codes(cast, count)
    ReclaimNotice.objects.bulk_create(
        ReclaimNotice(
            request_id=each.line.request_id, handed_out_before=at(hundreds.FAR),
            announced_at=hundreds.HANDED_OUT, announced_by=cast.officer, due_on=date(2020, 3, 20),
            keep_days=30,
        )
        for each in made
    )  # fmt: skip


def codes_going_back(cast: Cast, count: int) -> None:
    """Codes of one request that will be taken back."""
    request = pupils_served(cast, count)
    if not request.reclaim_notices.exists():
        ReclaimNotice.objects.create(
            request=request, handed_out_before=at(hundreds.FAR),
            announced_at=hundreds.HANDED_OUT, announced_by=cast.officer, due_on=date(2020, 3, 20),
            keep_days=30,
        )  # fmt: skip


def added_holidays(cast: Cast, count: int) -> None:
    """School holidays beside the official ones."""
    SchoolHoliday.objects.bulk_create(
        SchoolHoliday(
            kind=HolidayKind.OTHER, starts_on=date(2020, 5, 4), ends_on=date(2020, 5, 4),
            added_at=hundreds.ASKED, added_by=cast.officer,
        )
        for _ in range(count)
    )  # fmt: skip


def waiting_people(cast: Cast, count: int) -> None:
    """People whom the ministry asked to let into the own school."""
    for each in hundreds_of_people(count):
        acts.ask(
            kind="membership", subject=each.pk, organisation=cast.school, by=cast.officer,
            now=hundreds.ASKED,
        )  # fmt: skip


def hundreds_of_people(count: int) -> list[User]:
    """Coordinators of nothing."""
    numbers = [next(hundreds.numbers) for _ in range(count)]
    return User.objects.bulk_create(
        User(email=f"waits-{n}@example.org", name="Wacht", role=Role.COORDINATOR) for n in numbers
    )


# What is in an address


def request_pk(cast: Cast) -> dict[str, Any]:
    return {"pk": the_request(cast).pk}


def activations_pk(cast: Cast) -> dict[str, Any]:
    return {"pk": ProviderFile.objects.filter(kind="ACTIVATIONS").earliest("pk").pk}


LISTS = [
    # Who asks
    Listing("home", "coordinator", codes, COUNTED),
    Listing("request_list", "coordinator", sent),
    Listing("request_list", "coordinator", decided, query="?staat=DECIDED"),
    Listing("request_list", "coordinator", codes, query="?sort=leerlingen"),
    Listing("request_detail", "coordinator", pupils_served, of=request_pk),
    Listing("request_check", "coordinator", pupils_to_check, COUNTED, of=request_pk),
    Listing("letters", "coordinator", codes),
    Listing("families", "coordinator", codes),
    Listing("families", "coordinator", in_use, query="?stand=in-gebruik"),
    Listing("renewals", "coordinator", in_use),
    Listing("renewals", "coordinator", renewals(RenewalState.SENT)),
    Listing("own_reveals", "coordinator", seen),
    Listing("own_sessions", "coordinator", sessions, WHOLE),
    Listing("my_organisation", "coordinator", people, WHOLE),
    Listing("my_organisation", "coordinator", own_schools, WHOLE),
    # The ministry
    Listing("home", "officer", sent, COUNTED),
    Listing("home", "officer", renewals(RenewalState.ASKED), COUNTED),
    Listing("ministry_requests", "officer", sent),
    Listing("ministry_requests", "officer", decided, query="?staat=wacht-op-codes"),
    Listing("ministry_requests", "officer", codes, query="?staat=alle&sort=organisatie"),
    Listing("ministry_request", "officer", pupils_served, of=request_pk),
    Listing("ministry_organisations", "officer", more_schools),
    Listing(
        "ministry_organisation", "officer", people, WHOLE, of=lambda cast: {"pk": cast.school.pk}
    ),
    Listing("ministry_people", "officer", people),
    Listing(
        "ministry_person", "officer", own_schools, COUNTED,
        of=lambda cast: {"pk": cast.coordinator.pk},
    ),
    Listing("ministry_pools", "officer", pools, WHOLE),
    Listing("ministry_pools", "officer", agreements, WHOLE),
    Listing("ministry_pool", "officer", code_files, of=lambda cast: {"pk": cast.pool.pk}),
    Listing("ministry_providers", "officer", providers, WHOLE),
    Listing("ministry_periods", "officer", periods, WHOLE),
    Listing(
        "ministry_period_hand_out", "officer", waiting_schools,
        of=lambda cast: {"pk": cast.period.pk},
    ),
    Listing("ministry_divisions", "officer", divisions, of=lambda cast: {"pk": cast.period.pk}),
    Listing(
        "ministry_division", "officer", shares_of_schools,
        of=lambda cast: {"pk": the_division(cast).pk},
    ),
    Listing("ministry_files", "officer", activation_files),
    Listing("ministry_file", "officer", rows_of_file, of=activations_pk),
    Listing("ministry_request_codes", "officer", pupils_served, of=request_pk),
    Listing("ministry_replacements", "officer", asked_replacements),
    Listing("ministry_renewals", "officer", renewals(RenewalState.ASKED)),
    Listing("ministry_jobs", "officer", finished_jobs),
    Listing("ministry_mails", "officer", mails),
    Listing("ministry_alerts", "officer", alerts),
    Listing("ministry_sign_ins", "administrator", at_the_door),
    Listing("ministry_pool_held", "officer", held_codes, of=lambda cast: {"pk": cast.pool.pk}),
    Listing("ministry_code", "officer", seen_again, of=the_code),
    Listing(
        "ministry_person_reveals", "officer", seen, of=lambda cast: {"pk": cast.coordinator.pk}
    ),
    Listing(
        "ministry_organisation_reveals", "officer", seen, of=lambda cast: {"pk": cast.school.pk}
    ),
    Listing("report_exports", "officer", exports),
    Listing("ministry_balance", "officer", pools, WHOLE),
    Listing("report", "officer", asking_schools, of=lambda cast: {"dimension": "school"}),
    # What waits for a second person
    Listing("waiting_acts", "officer", waiting_people),
    Listing("waiting_acts", "coordinator", waiting_people),
    Listing("home", "coordinator", waiting_people, COUNTED),
    Listing("my_organisation", "coordinator", waiting_people, COUNTED),
    # Codes that will be taken back
    Listing("home", "coordinator", announced, COUNTED),
    Listing("letters", "coordinator", announced),
    Listing(
        "reclaim_notice", "coordinator", codes_going_back, COUNTED,
        of=lambda cast: {"pk": ReclaimNotice.objects.earliest("pk").pk},
    ),
    Listing("ministry_reclaims", "officer", announced),
    Listing("ministry_holidays", "officer", added_holidays, WHOLE),
    # Providers
    Listing("home", "provider_user", renewals(RenewalState.SENT), COUNTED),
    Listing("provider_files", "provider_user", activation_files),
    Listing("provider_file", "provider_user", rows_of_file, of=activations_pk),
    Listing("provider_renewals", "provider_user", renewals(RenewalState.SENT)),
    Listing("provider_pools", "provider_user", pools, WHOLE),
]  # fmt: skip

# Pages without rows that grow: forms, questions, pages that only act, downloads, and choices of
# which there are at most as many as the page says.
NO_LIST = {
    "public_home", "who_can_ask", "for_parents", "privacy", "accessibility", "contact", "demo_mail",
    "demo_figures", "health", "choose_language", "own_session_end", "own_sessions_end_others",
    "colleagues", "request_new", "request_schools", "request_edit", "request_withdraw",
    "request_delete", "families_act", "code_reassign", "own_search", "ministry_pool_void",
    "ministry_pool_void_list", "ministry_codes_void", "ministry_extension_withdraw",
    "ministry_replacement_act",
    "letters_print", "letters_given", "membership_remove", "person_invite_again",
    "ministry_invite", "ministry_person_block", "ministry_person_unblock",
    "ministry_people_invite_provider", "ministry_grant_selection", "ministry_decide",
    "ministry_return", "ministry_undo_decision", "ministry_hand_out",
    "ministry_hand_out_selection", "ministry_reclaim", "ministry_pool_new", "ministry_pool_edit",
    "ministry_pool_extend", "ministry_pool_close", "ministry_load_codes", "ministry_agreement_new",
    "ministry_agreement_edit", "ministry_provider_new", "ministry_provider_edit",
    "ministry_period_new", "ministry_period_edit", "ministry_period_close", "ministry_file_apply",
    "ministry_file_discard", "ministry_file_undo", "ministry_file_rows", "ministry_renewal_act",
    "provider_file_new", "provider_file_template", "provider_file_apply", "provider_file_discard",
    "provider_file_undo", "provider_file_rows", "provider_renewals_list",
    "provider_renewals_confirm", "job_progress", "job_retry",
    "ministry_period_preview_csv", "ministry_division_csv", "ministry_mail",
    "ministry_mail_again",
    "ministry_alert", "ministry_alert_handle", "ministry_alert_reopen", "ministry_code_lookup",
    "ministry_code_hold", "ministry_code_release",
    "reports", "report_csv", "report_xlsx",
    "ministry_period_reclaim", "ministry_holiday_new", "ministry_holiday_withdraw",
    "ministry_person_second_factor", "demo_phone",
    "my_account", "change_address", "confirm_address", "account_change_password",
    "ministry_person_role", "waiting_act", "waiting_act_let_go", "waiting_act_refuse",
    "waiting_act_withdraw", "waiting_act_undo",
}  # fmt: skip

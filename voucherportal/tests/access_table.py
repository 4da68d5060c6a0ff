"""The table of every page: who may open it, and whose objects it shows.

Maintained by hand on purpose: a page added without a row here fails the suite, and so does a row
that differs from what the view declares.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Membership, User, WaitingAct
from accounts.second_person import acts
from conftest import Cast
from vouchers.actions.upkeep import jobs
from vouchers.models import (
    Alert,
    Division,
    HandOut,
    Job,
    PoolExtension,
    ProviderFile,
    ReclaimNotice,
    SchoolHoliday,
    VoucherRequest,
)
from vouchers.states import AlertKind, HolidayKind
from vouchers.tests.factories import (
    at,
    granted_request,
    handed_out,
    load_codes,
    make_request,
    report_activations,
)
from vouchers.tests.hundreds import divisions, lasting_pool

MINISTRY = frozenset({"officer", "supervisor", "administrator"})
SUPERVISING = frozenset({"supervisor", "administrator"})
READERS = MINISTRY | {"analyst"}
ALL_ROLES = READERS | {"coordinator", "provider"}
COORDINATOR = frozenset({"coordinator"})
PROVIDER = frozenset({"provider"})

PAGES: dict[str, frozenset[str] | str] = {
    **dict.fromkeys(
        [
            "public_home", "who_can_ask", "for_parents", "privacy", "accessibility", "contact",
            "demo_mail", "demo_phone", "demo_figures", "health", "choose_language",
            "confirm_address",
        ],
        "public",
    ),
    "home": ALL_ROLES,
    **dict.fromkeys(["own_sessions", "own_session_end", "own_sessions_end_others"], "signed in"),
    **dict.fromkeys(["my_account", "change_address", "account_change_password"], "signed in"),
    **dict.fromkeys(
        [
            "my_organisation", "colleagues", "request_list", "request_new", "request_schools",
            "request_detail", "request_edit", "request_check", "request_withdraw",
            "request_delete", "letters", "letters_print", "letters_given", "families", "renewals",
            "own_reveals",
            "reclaim_notice",
            "families_act", "code_reassign", "own_search",
        ],
        COORDINATOR,
    ),
    **dict.fromkeys(["membership_remove", "person_invite_again"], MINISTRY | COORDINATOR),
    **dict.fromkeys(
        [
            "ministry_organisations", "ministry_organisation", "ministry_people", "ministry_invite",
            "ministry_person", "ministry_person_block", "ministry_person_unblock",
            "ministry_people_invite_provider", "ministry_requests", "ministry_grant_selection",
            "ministry_request", "ministry_decide",
            "ministry_return", "ministry_undo_decision", "ministry_hand_out",
            "ministry_hand_out_selection", "ministry_reclaim", "ministry_pools",
            "ministry_pool_new", "ministry_pool", "ministry_pool_edit", "ministry_pool_extend",
            "ministry_pool_close", "ministry_load_codes", "ministry_agreement_new",
            "ministry_agreement_edit", "ministry_providers",
            "ministry_periods", "ministry_period_new",
            "ministry_period_edit", "ministry_period_close", "ministry_period_hand_out",
            "ministry_period_preview_csv", "ministry_divisions", "ministry_division",
            "ministry_division_csv",
            "ministry_files", "ministry_file",
            "ministry_file_apply", "ministry_file_discard", "ministry_file_undo",
            "ministry_file_rows", "ministry_renewals", "ministry_renewal_act",
            "ministry_alerts", "ministry_alert", "ministry_alert_handle", "ministry_alert_reopen",
            "ministry_code_lookup", "ministry_code", "ministry_code_hold", "ministry_code_release",
            "ministry_pool_held", "ministry_person_reveals", "ministry_organisation_reveals",
            "ministry_jobs", "ministry_mails", "ministry_mail", "ministry_mail_again",
            "ministry_reclaims", "ministry_holidays",
            "ministry_pool_void", "ministry_pool_void_list", "ministry_extension_withdraw",
            "ministry_request_codes",
            "ministry_codes_void", "ministry_replacements", "ministry_replacement_act",
        ],
        MINISTRY,
    ),
    **dict.fromkeys(
        [
            "provider_files", "provider_file_new", "provider_file_template", "provider_file",
            "provider_file_apply", "provider_file_discard", "provider_file_undo",
            "provider_file_rows", "provider_renewals", "provider_renewals_list",
            "provider_renewals_confirm", "provider_pools",
        ],
        PROVIDER,
    ),
    **dict.fromkeys(["job_progress", "job_retry"], MINISTRY | PROVIDER),
    "ministry_sign_ins": frozenset({"administrator"}),
    **dict.fromkeys(
        [
            "ministry_provider_new", "ministry_provider_edit", "ministry_holiday_new",
            "ministry_holiday_withdraw", "ministry_period_reclaim",
        ],
        SUPERVISING,
    ),
    **dict.fromkeys(
        ["reports", "report", "report_csv", "report_xlsx", "report_exports", "ministry_balance"],
        READERS,
    ),
    **dict.fromkeys(
        [
            "waiting_acts", "waiting_act", "waiting_act_let_go", "waiting_act_refuse",
            "waiting_act_withdraw", "waiting_act_undo",
        ],
        MINISTRY | COORDINATOR,
    ),
    **dict.fromkeys(
        ["ministry_person_second_factor", "ministry_person_role"], frozenset({"administrator"})
    ),
}  # fmt: skip

# Public, but not a page of its own: a form on every page posts to it.
ONLY_SENT = {"choose_language"}


@dataclass(frozen=True)
class Things:
    """What pages with a number in their address show: of the own school and the own provider."""

    cast: Cast
    sent: VoucherRequest
    draft: VoucherRequest
    codes: ProviderFile
    codes_job: Job
    file: ProviderFile
    job: Job
    colleague: User
    alert: Alert
    division: Division
    waiting: WaitingAct

    @property
    def hand_out(self) -> HandOut:
        return HandOut.objects.live().get(line__request=self.sent)


def make_things(cast: Cast) -> Things:
    """A sent request, a draft, an applied file with its job, a colleague, and so on."""
    codes = load_codes(cast.pool, by=cast.officer, codes=3)
    codes_job = jobs.enqueue(
        kind=Job.Kind.CHECK_FILE, file=codes, by=cast.officer, now=at(date(2020, 3, 3))
    )
    hand_outs = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=1
    )
    file = report_activations(hand_outs, on=date(2020, 3, 20), by=cast.provider_user)
    job = jobs.enqueue(
        kind=Job.Kind.CHECK_FILE, file=file, by=cast.provider_user, now=at(date(2020, 3, 21))
    )
    colleague = User.objects.create_user(
        email="colleague@example.org", name="Collega", role="coordinator"
    )
    Membership.objects.create(user=colleague, organisation=cast.school)
    ReclaimNotice.objects.create(
        request=hand_outs[0].line.request, handed_out_before=at(date(2020, 3, 12)),
        announced_at=at(date(2020, 4, 20)), announced_by=cast.officer, due_on=date(2020, 4, 27),
        keep_days=30,
    )  # fmt: skip
    SchoolHoliday.objects.create(
        kind=HolidayKind.OTHER, starts_on=date(2020, 5, 4), ends_on=date(2020, 5, 4),
        added_at=at(date(2020, 3, 2)), added_by=cast.officer,
    )  # fmt: skip
    draft = make_request(cast.school, cast.period, by=cast.coordinator)
    alert = Alert.objects.create(
        kind=AlertKind.SEEN_AT_NIGHT, about=colleague, organisation=cast.school,
        data={"codes": 21, "night": "2020-03-20"}, raised_at=at(date(2020, 3, 21)),
    )  # fmt: skip
    # Two pupils wait, and there is a code for one of them.
    granted_request(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )
    load_codes(lasting_pool(cast.provider), by=cast.officer, codes=1)
    (division,) = divisions([hand_outs[0].line.request], by=cast.officer)
    return Things(
        cast,
        hand_outs[0].line.request,
        draft,
        codes,
        codes_job,
        file,
        job,
        colleague,
        alert,
        division,
        somebody_waits(cast),
    )


def somebody_waits(cast: Cast) -> WaitingAct:
    """The officer asked to let somebody into the own school."""
    newcomer = User.objects.create_user(
        email="newcomer@example.org", name="Nieuwkomer", role="coordinator"
    )
    return acts.ask(
        kind="membership", subject=newcomer.pk, organisation=cast.school, by=cast.officer,
        now=at(date(2020, 3, 22)),
    )  # fmt: skip


def number(find: Callable[[Things], Any]) -> Callable[[Things], dict[str, Any]]:
    return lambda things: {"pk": find(things).pk}


def membership(things: Things) -> Membership:
    """The colleague's membership of the own school."""
    return Membership.objects.get(user=things.colleague)


def extension(things: Things) -> PoolExtension:
    """The own pool's validity, extended."""
    found, _new = PoolExtension.objects.get_or_create(
        pool=things.cast.pool, valid_until=date(2020, 7, 31),
        defaults={"recorded_at": at(date(2020, 4, 1)), "recorded_by": things.cast.officer},
    )  # fmt: skip
    return found


OBJECTS: dict[str, Callable[[Things], dict[str, Any]]] = {
    **dict.fromkeys(["request_detail"], number(lambda things: things.sent)),
    **dict.fromkeys(
        ["request_edit", "request_check", "request_withdraw", "request_delete"],
        number(lambda things: things.draft),
    ),
    "code_reassign": number(lambda things: things.hand_out),
    **dict.fromkeys(
        ["ministry_request_codes", "ministry_codes_void"], number(lambda things: things.sent)
    ),
    "ministry_pool_void_list": number(lambda things: things.cast.pool),
    "ministry_pool_void": number(lambda things: things.cast.pool),
    "ministry_extension_withdraw": number(extension),
    "membership_remove": number(membership),
    **dict.fromkeys(
        [
            "person_invite_again", "ministry_person", "ministry_person_block",
            "ministry_person_unblock", "ministry_person_reveals", "ministry_person_second_factor",
        ],
        number(lambda things: things.colleague),
    ),
    **dict.fromkeys(
        ["ministry_organisation", "ministry_organisation_reveals"],
        number(lambda things: things.cast.school),
    ),
    **dict.fromkeys(
        ["ministry_alert", "ministry_alert_handle", "ministry_alert_reopen"],
        number(lambda things: things.alert),
    ),
    **dict.fromkeys(
        ["ministry_code", "ministry_code_hold", "ministry_code_release"],
        number(lambda things: things.codes.vouchers.all()[0]),
    ),
    **dict.fromkeys(
        [
            "ministry_request", "ministry_decide", "ministry_return", "ministry_undo_decision",
            "ministry_hand_out", "ministry_reclaim",
        ],
        number(lambda things: things.sent),
    ),
    **dict.fromkeys(
        [
            "ministry_pool", "ministry_pool_edit", "ministry_pool_extend", "ministry_pool_close",
            "ministry_load_codes", "ministry_pool_held",
        ],
        number(lambda things: things.cast.pool),
    ),
    "ministry_agreement_edit": number(lambda things: things.cast.pool.agreement),
    "ministry_provider_edit": number(lambda things: things.cast.provider),
    **dict.fromkeys(
        [
            "ministry_period_edit", "ministry_period_close", "ministry_period_hand_out",
            "ministry_period_reclaim",
            "ministry_period_preview_csv", "ministry_divisions",
        ],
        number(lambda things: things.cast.period),
    ),
    **dict.fromkeys(
        ["ministry_division", "ministry_division_csv"], number(lambda things: things.division)
    ),
    **dict.fromkeys(
        [
            "ministry_file", "ministry_file_apply", "ministry_file_discard", "ministry_file_undo",
            "ministry_file_rows", "provider_file", "provider_file_apply", "provider_file_discard",
            "provider_file_undo", "provider_file_rows",
        ],
        number(lambda things: things.file),
    ),
    **dict.fromkeys(["job_progress", "job_retry"], number(lambda things: things.job)),
    "ministry_person_role": number(lambda things: things.cast.officer),
    **dict.fromkeys(
        [
            "waiting_act", "waiting_act_let_go", "waiting_act_refuse", "waiting_act_withdraw",
            "waiting_act_undo",
        ],
        number(lambda things: things.waiting),
    ),
    **dict.fromkeys(
        ["ministry_mail", "ministry_mail_again"], number(lambda things: things.sent.mails.all()[0])
    ),
    "confirm_address": lambda things: {"pk": things.colleague.pk, "token": "x-y"},
    "reclaim_notice": number(lambda things: things.sent.reclaim_notices.all()[0]),
    "ministry_holiday_withdraw": lambda things: {"pk": SchoolHoliday.objects.all()[0].pk},
    **dict.fromkeys(
        ["report", "report_csv", "report_xlsx"], lambda things: {"dimension": "school"}
    ),
}  # fmt: skip

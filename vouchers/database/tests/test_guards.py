"""The database refuses what the tables of moves forbid, whoever asks (rules 1 and 3)."""

import itertools
import re
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from common.refused import Refused
from conftest import Cast
from history.database_roles import give_rights
from history.guarded_apps import guarded_apps, readable, statements_of
from vouchers import states
from vouchers.actions.life import lifecycle
from vouchers.actions.requests import requests
from vouchers.models import (
    HandOut,
    Job,
    Mail,
    ProviderFile,
    PupilLine,
    Renewal,
    Reveal,
    Voucher,
    VoucherRequest,
)
from vouchers.tests.factories import (
    at,
    handed_out,
    load_codes,
    make_request,
    report_activations,
    reveal,
    submitted_request,
)

DAY = date(2020, 3, 12)
MACHINES = {
    Voucher: (states.VoucherState, states.VOUCHER_BIRTHS, states.VOUCHER_MOVES),
    PupilLine: (states.LineState, states.LINE_BIRTHS, states.LINE_MOVES),
    VoucherRequest: (states.RequestState, states.REQUEST_BIRTHS, states.REQUEST_MOVES),
    Renewal: (states.RenewalState, states.RENEWAL_BIRTHS, states.RENEWAL_MOVES),
    ProviderFile: (states.FileState, states.FILE_BIRTHS, states.FILE_MOVES),
    Job: (states.JobState, states.JOB_BIRTHS, states.JOB_MOVES),
    Mail: (states.MailState, states.MAIL_BIRTHS, states.MAIL_MOVES),
}
PAIRS = [
    (model, before, after)
    for model, (choices, _births, _moves) in MACHINES.items()
    for before, after in itertools.permutations(choices.values, 2)
]


def copy_table(model: type[Model]) -> str:
    """A temporary twin of a model's table: same columns and guards, no constraints, one row."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE twin (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP")
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'pg_temp.twin'::regclass"
            " AND attnum > 0 AND attnotnull"
        )
        for (column,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE twin ALTER "{column}" DROP NOT NULL')
    return table


def put_guards(table: str) -> None:
    """The real guards of the state column, read from the database, on the twin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname IN ('guard_state_birth', 'guard_state_move')",
            [table],
        )
        definitions = [row[0] for row in cursor.fetchall()]
        assert len(definitions) == 2
        for definition in definitions:
            cursor.execute(definition.replace(f"ON public.{table}", "ON pg_temp.twin"))


@pytest.mark.parametrize(
    ("model", "before", "after"), PAIRS, ids=[f"{m.__name__}-{b}-{a}" for m, b, a in PAIRS]
)
@pytest.mark.django_db
def test_each_move_is_allowed_or_refused_as_the_table_says(
    model: type[Model], before: str, after: str
) -> None:
    table = copy_table(model)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO twin (id, state) VALUES (1, %s)", [before])
    put_guards(table)
    allowed = (before, after) in MACHINES[model][2]
    with connection.cursor() as cursor:
        if allowed:
            cursor.execute("UPDATE twin SET state = %s", [after])
            assert cursor.rowcount == 1
        else:
            with pytest.raises(IntegrityError, match="this move of state is not allowed"):
                cursor.execute("UPDATE twin SET state = %s", [after])


@pytest.mark.parametrize("model", MACHINES, ids=lambda model: model.__name__)
@pytest.mark.django_db
def test_rows_are_born_in_a_first_state_only(model: type[Model]) -> None:
    table = copy_table(model)
    put_guards(table)
    choices, births, _moves = MACHINES[model]
    for state in choices.values:
        with connection.cursor() as cursor:
            if state in births:
                cursor.execute("INSERT INTO twin (id, state) VALUES (1, %s)", [state])
                continue
            with (
                pytest.raises(IntegrityError, match="is born as"),
                transaction.atomic(),
            ):
                cursor.execute("INSERT INTO twin (id, state) VALUES (1, %s)", [state])


def test_the_tables_of_moves_are_those_of_the_rules() -> None:
    assert {
        ("AVAILABLE", "OUT"), ("OUT", "AVAILABLE"), ("AVAILABLE", "HELD"), ("HELD", "AVAILABLE"),
        ("AVAILABLE", "VOID"), ("OUT", "VOID"), ("HELD", "VOID"),
    } == states.VOUCHER_MOVES  # fmt: skip
    assert {
        ("RECEIVED", "CHECKED"), ("RECEIVED", "REFUSED"), ("CHECKED", "APPLIED"),
        ("CHECKED", "REFUSED"), ("APPLIED", "UNDONE"),
    } == states.FILE_MOVES  # fmt: skip
    assert {
        ("ASKED", "PASSED"), ("ASKED", "REFUSED"), ("PASSED", "SENT"), ("PASSED", "REFUSED"),
        ("SENT", "CONFIRMED"), ("SENT", "REFUSED"),
    } == states.RENEWAL_MOVES  # fmt: skip
    assert {
        ("DRAFT", "SUBMITTED"), ("RETURNED", "SUBMITTED"), ("DECIDED", "SUBMITTED"),
        ("SUBMITTED", "DECIDED"), ("SUBMITTED", "RETURNED"), ("DRAFT", "WITHDRAWN"),
        ("SUBMITTED", "WITHDRAWN"), ("RETURNED", "WITHDRAWN"),
    } == states.REQUEST_MOVES  # fmt: skip
    assert {
        ("DRAFT", "ASKED"), ("ASKED", "GRANTED"), ("ASKED", "REFUSED"), ("ASKED", "WITHDRAWN"),
        ("ASKED", "CLOSED"), ("GRANTED", "ASKED"), ("REFUSED", "ASKED"), ("GRANTED", "CLOSED"),
        ("GRANTED", "WITHDRAWN"),
    } == states.LINE_MOVES  # fmt: skip


@pytest.fixture
def two_out(cast: Cast) -> list[HandOut]:
    """Two codes handed out to the own school, four left in the pool."""
    load_codes(cast.pool, by=cast.officer, codes=6)
    return handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
    )


def refused(sql: str, *parameters: Any) -> str:
    """Run a statement that the database must refuse; returns its message."""
    with (
        pytest.raises(IntegrityError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)
    return str(refusal.value)


def test_a_code_is_not_handed_out_twice(cast: Cast, two_out: list[HandOut]) -> None:
    """Rule 1, one live hand-out per voucher: the constraint, without any action in between."""
    request = make_request(cast.school, cast.period, by=cast.coordinator)
    line = request.lines.get()
    with pytest.raises(IntegrityError, match="handout_live_voucher"), transaction.atomic():
        HandOut.objects.create(
            voucher=two_out[0].voucher, line=line, handed_out_at=at(DAY), handed_out_by=cast.officer
        )


def test_a_pupil_does_not_get_two_codes(cast: Cast, two_out: list[HandOut]) -> None:
    """Rule 1, one live hand-out per line."""
    free = Voucher.objects.free()[0]
    with pytest.raises(IntegrityError, match="handout_live_line"), transaction.atomic():
        HandOut.objects.create(
            voucher=free, line=two_out[0].line, handed_out_at=at(DAY), handed_out_by=cast.officer
        )


def test_a_code_exists_once_at_a_provider(cast: Cast, two_out: list[HandOut]) -> None:
    """Rule 1, (provider, fingerprint)."""
    voucher = two_out[0].voucher
    voucher.pk, voucher.line, voucher.state = None, 99, states.VoucherState.AVAILABLE
    with pytest.raises(IntegrityError, match="voucher_code_once"), transaction.atomic():
        voucher.save(force_insert=True)


def test_a_reference_is_used_once_by_an_organisation_in_a_period(
    cast: Cast, two_out: list[HandOut]
) -> None:
    """Rule 5, honest doubles: without any action in between, however it is written."""
    sent = two_out[0].line
    double = make_request(cast.school, cast.period, by=cast.coordinator).lines.get()
    with pytest.raises(IntegrityError, match="line_reference_once"), transaction.atomic():
        PupilLine.objects.filter(pk=double.pk).update(
            reference_key=sent.reference_key, education_type=sent.education_type,
            municipality=sent.municipality, nis_code=sent.nis_code, province=sent.province,
            submitted_at=at(DAY), state=states.LineState.ASKED,
        )  # fmt: skip


@pytest.mark.parametrize(
    "column", ["revealed_at", "revealed_by_id", "given_at", "ended_at", "end_reason"]
)
def test_a_hand_out_is_not_born_in_a_later_state(two_out: list[HandOut], column: str) -> None:
    value = {"revealed_by_id": "1", "end_reason": "'VOIDED'"}.get(column, "now()")
    message = refused(
        f"INSERT INTO vouchers_handout (voucher_id, line_id, handed_out_at, handed_out_by_id,"
        f" {column}) SELECT voucher_id, line_id, now(), handed_out_by_id, {value}"
        f" FROM vouchers_handout LIMIT 1"
    )
    assert "born in a later state" in message


def test_what_happened_to_a_hand_out_is_written_once(cast: Cast, two_out: list[HandOut]) -> None:
    reveal(two_out[:1], by=cast.coordinator, now=at(DAY))
    message = refused(
        "UPDATE vouchers_handout SET revealed_at = now() WHERE id = %s", two_out[0].pk
    )
    assert "revealed_at is written once" in message
    message = refused(
        "UPDATE vouchers_handout SET revealed_at = NULL, revealed_by_id = NULL WHERE id = %s",
        two_out[0].pk,
    )
    assert "is written once" in message


def test_the_bond_of_code_and_pupil_does_not_change(two_out: list[HandOut]) -> None:
    message = refused(
        "UPDATE vouchers_handout SET voucher_id = %s WHERE id = %s",
        Voucher.objects.free()[0].pk,
        two_out[0].pk,
    )
    assert "cannot change any more" in message


def test_a_code_that_was_seen_does_not_go_back_to_stock(cast: Cast, two_out: list[HandOut]) -> None:
    reveal(two_out[:1], by=cast.coordinator, now=at(DAY))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_handout SET ended_at = now(), ended_by_id = %s, end_reason = 'VOIDED'"
            " WHERE id = %s",
            [cast.officer.pk, two_out[0].pk],
        )
    message = refused(
        "UPDATE vouchers_voucher SET state = 'AVAILABLE' WHERE id = %s", two_out[0].voucher_id
    )
    assert "seen or in use does not go back" in message


def test_a_code_in_use_does_not_go_back_to_stock(cast: Cast, two_out: list[HandOut]) -> None:
    """Nobody here has seen it, yet the provider reports it active: somebody has it."""
    report_activations(two_out[:1], on=DAY, by=cast.provider_user)
    with pytest.raises(Refused, match="in gebruik volgens de provider"):
        lifecycle.reclaim(hand_outs=[two_out[0].pk], by=cast.officer, now=at(date(2020, 5, 1)))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vouchers_handout SET ended_at = now(), ended_by_id = %s,"
            " end_reason = 'RECLAIMED' WHERE id = %s",
            [cast.officer.pk, two_out[0].pk],
        )
    message = refused(
        "UPDATE vouchers_voucher SET state = 'AVAILABLE' WHERE id = %s", two_out[0].voucher_id
    )
    assert "seen or in use does not go back" in message


def test_a_live_code_does_not_go_back_to_stock(two_out: list[HandOut]) -> None:
    message = refused(
        "UPDATE vouchers_voucher SET state = 'AVAILABLE' WHERE id = %s", two_out[0].voucher_id
    )
    assert "does not go back" in message


@pytest.mark.parametrize(
    "column", ["school_id", "education_type", "municipality", "province", "submitted_at"]
)
def test_a_line_is_frozen_once_sent(cast: Cast, two_out: list[HandOut], column: str) -> None:
    value = {
        "school_id": str(cast.other_school.pk), "education_type": "'HIGHER'",
        "municipality": "'Gent'", "province": "'BE-VLI'", "submitted_at": "now()",
    }[column]  # fmt: skip
    message = refused(
        f"UPDATE vouchers_pupilline SET {column} = {value} WHERE id = %s", two_out[0].line_id
    )
    assert "cannot change any more" in message


def test_how_codes_are_compared_is_fixed_once_some_are_loaded(
    cast: Cast, two_out: list[HandOut]
) -> None:
    message = refused(
        "UPDATE vouchers_provider SET case_matters = true WHERE id = %s", cast.provider.pk
    )
    assert "fixed once codes are loaded" in message
    cast.other_provider.case_matters = True
    cast.other_provider.save()


@pytest.mark.parametrize("column", ["code_column", "secret_columns"])
def test_the_columns_of_a_provider_are_fixed_once_codes_are_loaded(
    cast: Cast, two_out: list[HandOut], column: str
) -> None:
    """A code is encrypted with the names of its columns."""
    value = {"code_column": "'voucher'", "secret_columns": "'{pin}'"}[column]
    message = refused(f"UPDATE vouchers_provider SET {column} = {value}")
    assert "fixed once codes are loaded" in message


@pytest.mark.parametrize("column", ["prefix", "reports_from", "reports_until"])
def test_what_activity_reads_of_a_period_is_fixed_once_somebody_asked(
    cast: Cast, two_out: list[HandOut], column: str
) -> None:
    """Rule 6; the window for requests itself may be extended."""
    value = "'X1'" if column == "prefix" else "'2020-05-05'"
    message = refused(f"UPDATE vouchers_period SET {column} = {value}")
    assert "cannot change any more" in message
    cast.period.refresh_from_db()
    cast.period.asks_until = date(2020, 8, 31)
    cast.period.save()


@pytest.mark.parametrize("column", ["applied_at", "applied_by_id"])
def test_when_a_file_was_applied_is_written_once(
    cast: Cast, two_out: list[HandOut], column: str
) -> None:
    value = "now()" if column == "applied_at" else str(cast.administrator.pk)
    assert "is written once" in refused(f"UPDATE vouchers_providerfile SET {column} = {value}")


def test_when_a_line_was_withdrawn_is_written_once(cast: Cast) -> None:
    request = submitted_request(cast.school, cast.period, by=cast.coordinator)
    requests.withdraw(request=request, by=cast.coordinator, now=at(DAY))
    message = refused("UPDATE vouchers_pupilline SET withdrawn_at = now()")
    assert "withdrawn_at is written once" in message


def test_the_validity_of_a_pool_is_fixed_once_codes_are_loaded(
    cast: Cast, two_out: list[HandOut]
) -> None:
    """Rule 6: a later day is an extension, known from a certain moment."""
    message = refused(
        "UPDATE vouchers_pool SET valid_until = '2021-12-31' WHERE id = %s", cast.pool.pk
    )
    assert "fixed once codes are loaded" in message
    cast.other_pool.valid_until = date(2021, 12, 31)
    cast.other_pool.save()


KEPT = [
    "vouchers_voucher", "vouchers_handout", "vouchers_pool", "vouchers_agreement",
    "vouchers_providerfile", "vouchers_providerfilerow", "vouchers_decision", "vouchers_reveal",
    "vouchers_mail", "history_historyevent", "schools_organisation", "accounts_user",
]  # fmt: skip


@pytest.mark.as_owner
@pytest.mark.parametrize("table", KEPT)
def test_rows_are_not_deleted_and_tables_not_emptied(
    cast: Cast, two_out: list[HandOut], table: str
) -> None:
    reveal(two_out[:1], by=cast.coordinator, now=at(DAY))
    message = refused(f"DELETE FROM {table}")
    assert "deleted" in message or "delete is refused" in message
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert "truncate is refused" in refused(f"TRUNCATE {table} CASCADE")


def test_a_sent_request_and_its_lines_are_not_deleted(cast: Cast, two_out: list[HandOut]) -> None:
    draft = make_request(cast.school, cast.period, by=cast.coordinator)
    assert "never deleted" in refused("DELETE FROM vouchers_pupilline")
    draft.lines.all().delete()
    draft.delete()
    assert not VoucherRequest.objects.filter(pk=draft.pk).exists()


# What makes a copy of a row a new one, so that nothing but its references can be wrong.
AS_NEW = {
    "vouchers_voucher": "fingerprint = '', line = line + 1000, state = 'AVAILABLE'",
    "vouchers_activation": "hand_out_id = (SELECT max(id) FROM vouchers_handout)",
    "vouchers_providerfilerow": "line = line + 1000",
}
REFERENCES = {
    "vouchers_voucher": ["pool_id", "provider_id", "file_id"],
    "vouchers_activation": ["hand_out_id", "file_id"],
    "vouchers_providerfilerow": ["file_id", "voucher_id", "hand_out_id"],
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, names in REFERENCES.items() for name in names]
)
def test_a_row_names_only_what_exists(
    cast: Cast, two_out: list[HandOut], table: str, column: str
) -> None:
    """What a foreign key would check, checked once per statement (ADR 15)."""
    report_activations(two_out[:1], on=DAY, by=cast.provider_user)
    copy = f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE twin"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE twin ON COMMIT DROP AS SELECT * FROM {table} LIMIT 1")
        cursor.execute(f"UPDATE twin SET id = id + 1000000, {AS_NEW[table]}")
        with transaction.atomic():
            cursor.execute(copy)
            transaction.set_rollback(True)
        cursor.execute(f"UPDATE twin SET {column} = 99999999")
    assert f"{table}: {column} names a row of " in refused(copy)


@pytest.mark.parametrize("table", ["voucher", "handout", "providerfile", "pool", "provider"])
def test_what_rows_refer_to_keeps_its_number(
    cast: Cast, two_out: list[HandOut], table: str
) -> None:
    assert "an id stays" in refused(f"UPDATE vouchers_{table} SET id = id + 1000000")


@pytest.mark.as_owner
def test_reveals_are_append_only(cast: Cast, two_out: list[HandOut]) -> None:
    reveal(two_out, by=cast.coordinator, now=at(DAY))
    assert Reveal.objects.count() == 2
    assert "update is refused" in refused("UPDATE vouchers_reveal SET channel = 'PAGE'")


def test_what_a_mail_says_and_to_whom_does_not_change(cast: Cast, two_out: list[HandOut]) -> None:
    """Only the state, the attempts and their moments change."""
    for column in ("kind", "address", "subject", "body"):
        assert "cannot change any more" in refused(f"UPDATE vouchers_mail SET {column} = 'x'")
    assert "born in a later state" in refused(
        "INSERT INTO vouchers_mail (state, sent_at) VALUES ('QUEUED', now())"
    )


@pytest.mark.as_owner
@pytest.mark.django_db
def test_the_guards_in_the_database_are_those_of_the_code() -> None:
    """After changing a state or a guard: `manage.py guards APP` into a migration of its own.

    Everything is removed first, so that what only the database still has is found too.
    """
    before = triggers()
    with connection.cursor() as cursor:
        for function, arguments in portal_functions():
            cursor.execute(f"DROP FUNCTION {function}({arguments}) CASCADE")
        assert triggers() == set()
        for app in guarded_apps():
            for statement in statements_of(app):
                cursor.execute(statement)
        give_rights()  # pins where each function looks for tables
    assert triggers() == before


def test_the_printed_guards_say_what_the_code_says() -> None:
    """Broken into lines and read back: the same, but for blanks outside quotes."""
    for app in guarded_apps():
        for statement in statements_of(app):
            assert in_one_line(readable(statement)) == in_one_line(statement)


def in_one_line(statement: str) -> list[str]:
    """The quoted texts as they are, and the rest without its blanks."""
    parts = re.split(r"('(?:[^']|'')*')", statement)
    return [part if index % 2 else "".join(part.split()) for index, part in enumerate(parts)]


def portal_functions() -> list[tuple[str, str]]:
    """The name and arguments of each of our functions in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_function_identity_arguments(oid) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"
        )
        return cursor.fetchall()


def triggers() -> set[tuple[str, str]]:
    """Every trigger and every function of ours in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE NOT tgisinternal"
        )
        found = set(cursor.fetchall())
        cursor.execute(
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"
        )
        return found | set(cursor.fetchall())

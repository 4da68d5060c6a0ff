"""History is written by the database, whoever writes and however (rule 3)."""

from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction
from django.db.models.functions import Concat

from accounts.models import User
from accounts.tests.factories import make_ministry_user
from conftest import Cast, SignIn
from history.models import HistoryEvent
from history.recording import coming_from, recorded
from schools.models import Organisation
from schools.tests.factories import make_school

# Written once and never changed: a second trace would only repeat them.
APPEND_ONLY = {
    "history_historyevent", "schools_registerimport", "vouchers_export", "vouchers_providerfilerow",
    "vouchers_pooltally", "vouchers_reveal", "vouchers_listread", "vouchers_codelookup",
    "vouchers_watch", "history_historyseal", "vouchers_division", "vouchers_divisionshare",
    "vouchers_keyrotation", "history_keycheck",
    "vouchers_givenwithdrawal",
    "accounts_signinevent",
    "accounts_admission", "accounts_invitation",
}  # fmt: skip
# Counted from rows that have their own history, and checked by `balance`: a trace would repeat it.
COUNTED = {"vouchers_requestcount"}
SECRET_COLUMNS = {
    "fingerprint", "secret", "digest", "content", "key_id", "reference", "reference_key",
    "password", "form_token", "fingerprint_key_id", "digest_key_id",
}  # fmt: skip


def our_tables() -> list[type[models.Model]]:
    """Every model of ours that has a table."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in settings.OUR_APPS and model._meta.managed
    ]


def events(table: str, row: int) -> list[HistoryEvent]:
    """The events of a row, oldest first."""
    return list(HistoryEvent.objects.filter(table=table, row=row).order_by("id"))


@pytest.mark.parametrize("model", our_tables(), ids=lambda model: model.__name__)
@pytest.mark.django_db
def test_every_table_has_its_history(model: type[models.Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [table],
        )
        names = {row[0] for row in cursor.fetchall()}
    if table in APPEND_ONLY:
        assert {"guard_update", "guard_delete", "guard_truncate"} <= names
    elif table in COUNTED:
        assert names == {"guard_insert", "guard_update", "guard_delete", "guard_truncate"}
    elif table in {"accounts_user_groups", "accounts_user_user_permissions"}:
        assert names == set()  # Django's own rights, which the portal does not use
    elif table == "accounts_session":
        assert names == set()  # written at each page, gone within a day; it opens nothing
    else:
        assert {"history_insert", "history_update", "history_delete"} <= names


def test_no_secret_column_is_in_history(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name, t.tgargs FROM information_schema.columns c"
            " JOIN pg_trigger t ON t.tgrelid = c.table_name::regclass AND tgname = 'history_update'"
            " WHERE c.table_schema = 'public'"
        )
        rows = cursor.fetchall()
    leaking = [
        f"{table}.{column}"
        for table, column, arguments in rows
        if column in SECRET_COLUMNS
        and column not in bytes(arguments).decode().strip("\0{}").split(",")
    ]
    assert leaking == []
    assert len(rows) > 100


def test_an_insert_a_change_and_a_bulk_update_leave_their_trace(cast: Cast) -> None:
    school = make_school(number="000034")
    school.name = "Andere naam"
    school.save()
    Organisation.objects.filter(pk=school.pk).update(street="Kerkstraat 1")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE schools_organisation SET postcode = '9300' WHERE id = %s", [school.pk]
        )
    trace = events("schools_organisation", school.pk)
    assert [event.operation for event in trace] == ["I", "U", "U", "U"]
    assert [trace[1].data["name"], trace[2].data["street"], trace[3].data["postcode"]] == [
        "Andere naam",
        "Kerkstraat 1",
        "9300",
    ]


def test_a_copy_leaves_its_trace(cast: Cast) -> None:
    """COPY as the very first write of a transaction, as the loaders do it."""
    columns = (
        "kind",
        "number",
        "name",
        "street",
        "postcode",
        "municipality",
        "nis_code",
        "province",
        "structures",
        "education_types",
    )
    row = "SCHOOL\t000042\tIngelezen\t\t\tAalst\t41002\tBE-VOV\t{}\t{}\n"
    with connection.cursor() as cursor:
        cursor.copy_from(StringIO(row), "schools_organisation", columns=columns)
    school = Organisation.objects.get(number="000042")
    assert [event.operation for event in events("schools_organisation", school.pk)] == ["I"]


def test_a_write_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.school.pk).update(name=cast.school.name)
    assert [event.operation for event in events("schools_organisation", cast.school.pk)] == ["I"]


def test_a_bulk_update_after_a_small_one_writes_each_row_once(cast: Cast) -> None:
    """Failure 9: history matches each of 500 rows; the plan made for one row is not reused."""
    Organisation.objects.bulk_create(
        Organisation(kind="SCHOOL", number=f"{number:06d}", name=f"School {number}")
        for number in range(1000, 1500)
    )
    Organisation.objects.filter(pk=cast.school.pk).update(street="Eerst één rij")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE schools_organisation SET name = 'Nieuw ' || number WHERE name LIKE 'School %%'",
            [],
        )
        assert cursor.rowcount == 500
    last = HistoryEvent.objects.filter(table="schools_organisation", operation="U")
    written = {event.row: event.data["name"] for event in last if event.row != cast.school.pk}
    rows = Organisation.objects.filter(name__startswith="Nieuw").values_list("pk", "name")
    assert written == dict(rows)


def test_history_says_who_why_and_from_where(cast: Cast) -> None:
    with coming_from("command:test"), recorded(by=cast.officer, why="de reden"):
        Organisation.objects.filter(pk=cast.school.pk).update(street="Kerkstraat 2")
    event = events("schools_organisation", cast.school.pk)[-1]
    assert (event.actor, event.origin, event.reason) == (
        cast.officer.pk,
        "command:test",
        "de reden",
    )


def last_said(cast: Cast) -> tuple[int | None, str]:
    """Who and why, as history has it of what is written now."""
    longer = Concat("street", models.Value("."))
    Organisation.objects.filter(pk=cast.school.pk).update(street=longer)
    event = events("schools_organisation", cast.school.pk)[-1]
    return event.actor, event.reason


def test_after_an_inner_reason_the_outer_one_holds_again(cast: Cast) -> None:
    outer, inner = (cast.officer.pk, "buiten"), (cast.administrator.pk, "binnen")
    with recorded(by=cast.officer, why="buiten"):
        with recorded(by=cast.administrator, why="binnen"):
            with recorded(by=None, why="diep"):
                assert last_said(cast) == (None, "diep")
            assert last_said(cast) == inner
        assert last_said(cast) == outer
        with transaction.atomic():
            assert last_said(cast) == outer
        assert last_said(cast) == outer


def test_after_an_inner_failure_the_outer_reason_holds_again(cast: Cast) -> None:
    outer, inner = (cast.officer.pk, "buiten"), (cast.administrator.pk, "binnen")
    with recorded(by=cast.officer, why="buiten"):
        with pytest.raises(ZeroDivisionError), recorded(by=cast.administrator, why="binnen"):
            raise ZeroDivisionError
        assert last_said(cast) == outer
        with pytest.raises(IntegrityError), recorded(by=cast.administrator, why="binnen"):
            Organisation.objects.filter(pk=cast.school.pk).update(number=cast.other_school.number)
        assert last_said(cast) == outer
        with recorded(by=cast.administrator, why="binnen"):
            with pytest.raises(ZeroDivisionError), recorded(by=None, why="diep"):
                raise ZeroDivisionError
            assert last_said(cast) == inner
            transaction.set_rollback(True)  # given up without an exception
        assert last_said(cast) == outer


@pytest.mark.django_db(transaction=True)
def test_what_runs_after_the_commit_has_its_own_reason() -> None:
    officer = make_ministry_user()
    with coming_from("/here/"), recorded(by=officer, why="eerst"):
        transaction.on_commit(lambda: later(officer))
    school = make_school(number="000026")
    event = events("schools_organisation", school.pk)[-1]
    assert (event.actor, event.reason) == (None, "")


def later(officer: User) -> None:
    with recorded(by=officer, why="daarna"):
        school = make_school(number="000018")
    event = events("schools_organisation", school.pk)[-1]
    assert (event.actor, event.reason) == (officer.pk, "daarna")


@pytest.mark.django_db(transaction=True)
def test_the_next_request_on_the_connection_starts_clean() -> None:
    officer = make_ministry_user()
    with coming_from("/first/", by=officer), recorded(by=officer, why="eerst"):
        make_school(number="000018")
    school = make_school(number="000026")
    event = events("schools_organisation", school.pk)[-1]
    assert (event.actor, event.reason) == (None, "")
    assert event.origin.startswith("sql:")


@pytest.mark.as_owner
def test_history_cannot_be_rewritten(cast: Cast) -> None:
    for statement in (
        "UPDATE history_historyevent SET reason = 'x'",
        "DELETE FROM history_historyevent",
        "TRUNCATE history_historyevent",
    ):
        with (
            pytest.raises(IntegrityError, match="is refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_post_leaves_its_address_and_person(cast: Cast, as_user: SignIn) -> None:
    client = as_user(cast.officer)
    response = client.post(
        "/account/password/change/",
        {
            "oldpassword": "een-lange-zin-voor-tests",
            "password1": "nog-een-lange-zin-1",
            "password2": "nog-een-lange-zin-1",
        },
    )
    assert response.status_code == 302
    written = events("accounts_user", cast.officer.pk)[1:]
    assert [(event.origin, event.actor) for event in written] == [
        ("/account/password/change/", cast.officer.pk)
    ]


def test_a_password_planted_by_sql_and_put_back_leaves_an_event_for_each(cast: Cast) -> None:
    """Finding 8, as the application's own login; no event holds a hash."""
    with connection.cursor() as cursor:
        for password in ("md5$planted$0", cast.officer.password):
            cursor.execute(
                "UPDATE accounts_user SET password = %s, password_written_at = NULL WHERE id = %s",
                [password, cast.officer.pk],
            )
        cursor.execute("UPDATE accounts_user SET password_written_at = NULL")
    trace = events("accounts_user", cast.officer.pk)
    assert [event.operation for event in trace] == ["I", "U", "U"]
    moments = [event.data["password_written_at"] for event in trace]
    assert moments[0] is None
    assert len(set(moments)) == 3
    assert "planted" not in str([event.data for event in trace])

"""Whatever bytes somebody sends: a sentence or rows, no unhandled error, nothing half done."""

from datetime import date

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.refused import Refused
from common.tables import csv_reading, reading
from common.tables.tests import xlsx_reader
from common.tables.tests.xlsx_reader import as_xlsx
from conftest import Cast
from vouchers.actions.files import provider_files
from vouchers.actions.stock import voiding
from vouchers.models import Activation, ProviderFile, Voucher
from vouchers.states import FileKind, FileState, RowOutcome
from vouchers.tests.factories import at, code_csv, code_of, handed_out, load_codes

NOW = at(date(2020, 4, 15))
SAFELY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

cells = st.one_of(
    st.sampled_from(
        ["AB-1", "ab1", "AB-2", "", "10/04/2020", "2020-04-10", "31/02/2020", "pw", "="]
    ),
    st.text(max_size=12),
)
lines = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=8)
delimiters = st.sampled_from(";,\t|")
ends = st.sampled_from(["\n", "\r\n", "\r"])
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])


@st.composite
def files(draw: st.DrawFn, header: str) -> bytes:
    """A file with the right header and rows of any kind, as some program might write it; or just
    any bytes."""
    if draw(st.booleans()):
        return header.encode() + draw(st.binary(max_size=200))
    delimiter, end = draw(delimiters), draw(ends)
    rows = [header.split(";"), *draw(lines)]
    text = end.join(delimiter.join(row) for row in rows)
    return text.encode(draw(encodings), errors="replace")


def went_well(file: ProviderFile) -> bool:
    """Refused with a sentence and without rows, or applied with a row for each line that counts."""
    file.refresh_from_db()
    rows = file.rows.final()
    if file.state == FileState.REFUSED:
        return bool(file.refusal) and not rows.exists()
    return file.state == FileState.APPLIED and sum(rows.counts().values()) == rows.count() > 0


@SAFELY
@given(content=st.one_of(st.binary(min_size=1, max_size=300), files("code;wachtwoord")))
@pytest.mark.django_db
def test_any_file_of_codes(cast: Cast, content: bytes) -> None:
    before = Voucher.objects.count()
    received = provider_files.receive(
        kind=FileKind.CODES,
        provider=cast.provider,
        pool=cast.pool,
        name="x.csv",
        content=content,
        by=cast.officer,
        now=NOW,
    )
    file = provider_files.check(file=received.file, now=NOW)
    if file.state == FileState.CHECKED:
        provider_files.apply(file=file, by=cast.officer, now=NOW)
    assert went_well(file)
    if received.is_new:
        new = file.rows.final().filter(outcome=RowOutcome.NEW).count()
        assert Voucher.objects.count() == before + new
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@SAFELY
@given(
    content=st.one_of(
        st.binary(min_size=1, max_size=300), files("code;datum"), files("datum;code;pool")
    )
)
@pytest.mark.django_db
def test_any_file_of_activations(cast: Cast, content: bytes) -> None:
    if not Voucher.objects.exists():
        load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3"])
        found = handed_out(
            cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2
        )
        assert [code_of(each) for each in found] == ["AB-1", "AB-2"]
    before = Activation.objects.standing().count()
    received = provider_files.receive(
        kind=FileKind.ACTIVATIONS,
        provider=cast.provider,
        name="x.csv",
        content=content,
        by=cast.provider_user,
        now=NOW,
        complete_until=date(2020, 4, 14),
    )
    file = provider_files.check(file=received.file, now=NOW)
    if file.state == FileState.CHECKED:
        provider_files.apply(file=file, by=cast.provider_user, now=NOW)
    assert went_well(file)
    new = file.rows.final().filter(outcome=RowOutcome.NEW).count() if received.is_new else 0
    assert Activation.objects.standing().count() == before + new
    if file.state == FileState.APPLIED:
        provider_files.undo(file=file, by=cast.provider_user, now=NOW)


@SAFELY
@given(content=st.one_of(st.binary(max_size=300), files("code")))
@pytest.mark.django_db
def test_any_list_of_codes_to_make_void(cast: Cast, content: bytes) -> None:
    """A sentence, or each line once: a code that can become void, or left out with its reason."""
    if not Voucher.objects.exists():
        load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3"])
    try:
        listed = voiding.named_in(cast.provider, content)
    except Refused:
        return
    assert set(listed.vouchers) <= set(Voucher.objects.values_list("pk", flat=True))
    left_out = [each.line for each in listed.left_out]
    assert left_out == sorted(set(left_out))
    assert all(each.detail for each in listed.left_out)


@pytest.fixture
def _spreadsheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal knows one more format."""
    monkeypatch.setattr(reading, "READERS", [csv_reading, xlsx_reader])


def said(file: ProviderFile) -> list[tuple[int, str, str]]:
    return list(file.rows.final().order_by("line").values_list("line", "outcome", "detail"))


@pytest.mark.django_db
@pytest.mark.usefixtures("_spreadsheets")
def test_another_format_of_codes_goes_the_same_road(cast: Cast) -> None:
    content = code_csv(["AB-1", "AB-2", "ab1", ""])

    def applied(name: str, content: bytes) -> ProviderFile:
        received = provider_files.receive(
            kind=FileKind.CODES,
            provider=cast.provider,
            pool=cast.pool,
            name=name,
            content=content,
            by=cast.officer,
            now=NOW,
        )
        file = provider_files.check(file=received.file, now=NOW)
        provider_files.apply(file=file, by=cast.officer, now=NOW)
        return file

    from_sheet = applied("codes.xlsx", as_xlsx(content))
    outcomes = [(line, outcome) for line, outcome, _detail in said(from_sheet)]
    from_file = said(from_sheet)
    provider_files.undo(file=from_sheet, by=cast.officer, now=NOW)
    from_csv = applied("codes.csv", content)

    assert outcomes == [
        (2, RowOutcome.NEW),
        (3, RowOutcome.NEW),
        (4, RowOutcome.DOUBLE_IN_FILE),
        (5, RowOutcome.BAD_ROW),
    ]
    assert from_file == said(from_csv)
    assert from_sheet.vouchers.count() == from_csv.vouchers.count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("_spreadsheets")
def test_another_format_of_activations_and_of_a_list_goes_the_same_road(cast: Cast) -> None:
    load_codes(cast.pool, by=cast.officer, codes=["AB-1", "AB-2", "AB-3"])
    handed_out(cast.school, cast.period, by=cast.coordinator, officer=cast.officer, references=2)
    content = b"code;datum\nAB-1;10/04/2020\nAB-3;10/04/2020\nXY-9;10/04/2020\nAB-2;10/04\n"

    def checked(name: str, content: bytes) -> ProviderFile:
        received = provider_files.receive(
            kind=FileKind.ACTIVATIONS,
            provider=cast.provider,
            name=name,
            content=content,
            by=cast.provider_user,
            now=NOW,
            complete_until=date(2020, 4, 14),
        )
        return provider_files.check(file=received.file, now=NOW)

    from_file = said(checked("x.xlsx", as_xlsx(content)))
    assert from_file == said(checked("x.csv", content))
    assert [outcome for _line, outcome, _detail in from_file] == [
        RowOutcome.NEW,
        RowOutcome.NOT_HANDED_OUT,
        RowOutcome.UNKNOWN_CODE,
        RowOutcome.BAD_ROW,
    ]
    listed = b"code\nAB-2\nXY-9\n"
    assert voiding.named_in(cast.provider, as_xlsx(listed)) == voiding.named_in(
        cast.provider, listed
    )

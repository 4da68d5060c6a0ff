import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.tables.headings import USUAL_HEADINGS
from common.tables.table import Row
from common.tables.tests.read import Cells, read, refusal, rows


def test_headings_are_found_without_case_accents_spaces_underscores_dashes() -> None:
    table = read("VOUCHER_Code;Géactiveerd-op;Opmerking ;naam\nA1;14/09/2020;ok;Jan Peeters\n")
    assert list(table.rows) == [Row(2, {"code": "A1", "on": "14/09/2020", "note": "ok"})]
    assert table.columns == ("code", "on", "note")
    assert len(table) == 1


def test_a_missing_column_names_it_and_those_that_are_there() -> None:
    assert refusal("code;Naam;E-mail adres\nA1;x;y\n") == (
        "We vinden kolom 'datum' niet in dit bestand. "
        "Deze kolommen staan er wel in: 'code', 'naam', 'e-mailadres'."
    )


@pytest.mark.parametrize(
    ("header", "hidden"),
    [
        ("code;XK4T", "en nog 1 kolom die we niet tonen: misschien is het een code."),
        (
            "code;XK4T-B7QW;;zomerzon",
            "en nog 2 kolommen die we niet tonen: misschien zijn het codes.",
        ),
    ],
)
def test_columns_we_do_not_know_are_counted(header: str, hidden: str) -> None:
    assert refusal(f"{header}\n") == (
        "We vinden kolom 'datum' niet in dit bestand. "
        "Begint het bestand met een regel met de namen van de kolommen? "
        f"Deze kolommen staan er wel in: 'code', {hidden}"
    )


def test_missing_columns_name_them_all() -> None:
    assert refusal("naam\nJan\n").startswith("We vinden de kolommen 'code', 'datum' niet")


@pytest.mark.parametrize(
    "first",
    [
        "ABCD-1234;14/09/2020",
        "QWERTYUI;ASDFGHJK",
        "XK4T-B7QW;zomerzon",
        "geheim99;x1",
        '"ABCD-1234"',
    ],
)
def test_a_file_without_header_does_not_show_its_codes(first: str) -> None:
    second = first.translate(str.maketrans("ABCDEFGHQWR", "ZXCVBNMLKJH"))
    message = refusal(f"{first}\n{second}\n{second}\n")
    assert message == (
        "We vinden de kolommen 'code', 'datum' niet in dit bestand. "
        "Begint het bestand met een regel met de namen van de kolommen?"
    )


WORDS = ["zomerzon", "Paardenbloem", "winter koning", "appelboom", "vlinder", "fiets-bel"]
SECRETS = st.one_of(
    st.text("ABCDEFGHJKLMNPQRSTUVWXYZ-", min_size=4, max_size=20),
    st.text("abcdefghijkmnpqrstuvwxyz23456789", min_size=4, max_size=20),
    st.sampled_from(WORDS),
).filter(lambda secret: secret not in USUAL_HEADINGS)


@settings(deadline=None)
@given(
    st.lists(st.lists(SECRETS, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(";,\t|"),
    st.booleans(),
)
def test_no_refusal_holds_anything_of_the_file(
    cells: Cells, delimiter: str, ends_known: bool
) -> None:
    """The same refusal whatever the secrets are, even in one line or beside a known heading."""
    tail = ["opmerking"] if ends_known else []
    text = "\n".join(delimiter.join([*row, *tail]) for row in cells)
    other = "\n".join(delimiter.join(["x0" for _cell in row] + tail) for row in cells)
    assert refusal(text) == refusal(other)


def test_the_same_column_twice_is_refused() -> None:
    assert refusal("code;datum;Voucher-code\nA1;x;A2\n") == (
        "Kolom 'code' staat meer dan één keer in dit bestand. Laat er één staan."
    )


def test_unknown_and_empty_headings_may_repeat() -> None:
    assert rows("code;datum;x;x;;\nA1;d;1;2;;\n") == [Row(2, {"code": "A1", "on": "d"})]

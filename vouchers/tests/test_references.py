"""References say nothing about who a pupil is; national numbers are found in any text."""

import re
import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.be import bis, nn

from common.refused import Refused
from vouchers.references import (
    MAX_LENGTH,
    check_free_text,
    check_reference,
    find_national_number,
    is_heading,
    reference_key,
)

WAY_OUT = (
    "Gebruik een nummer of code die alleen je school kent, zoals LL-014. "
    "Hou zelf bij welke leerling dat is."
)
REAL = "93.05.18-223.61"


def refusal(text: str) -> str:
    with pytest.raises(Refused) as caught:
        check_reference(text)
    return caught.value.message


@pytest.mark.parametrize(
    "text",
    """LL-014|3A-07|lln 12|A12|LLN 12|Lln 12|Leerling 3|leerling-007|pupil-3|klas 3A nr 12|1|007
    |20201234|12345678901|AB|b|KLM|lln B|Leerling AB|3A|3-4-12|1.1.2|ASO 3|3 LAT 12|STEM-2|6WEWI-12
    |rupsen 3|BASIS-12|3Latijn-7|ABC-123|x7KqPz2|W12345|12/2020|#14|2020/17|№ 7|3ème 12|R2D2
    |3f2504e0-beef-41d3-dead-0305e82c3301|0900000067513""".replace("\n    ", "").split("|"),
)
def test_numbers_and_codes_pass_unchanged(text: str) -> None:
    assert check_reference(text) == text


@pytest.mark.parametrize(
    "text",
    """Jan Peeters|Peeters, Jan|El Amrani Yasmina|Jan|jan|JAN|TOM|peeters|PEETERS|An|Zoë|O'Neill
    |jan p|J. Peeters|Peeters J.|Anne-Marie|jan_peeters|jan.peeters3|Jan Peeters 3A|PEETERS JAN 3
    |van damme 3|Jan 12|Jan12|Peeters 3B|3A Jan|el amrani 3|peeters j 12|Jan P. 3A|AB CD|Иван
    |Иван 3|محمد|محمد 3 علي|李|d’Hondt 4|lln Jan|Leerling Jan 3|Jan 🙂""".replace(
        "\n    ", ""
    ).split("|"),
)
def test_what_looks_like_a_name_is_refused(text: str) -> None:
    assert refusal(text) == f"Dit lijkt op een naam. {WAY_OUT}"


@pytest.mark.parametrize(
    "text",
    """18/05/2009|18-5-2009|18.05.2009|18 05 2009|2009-05-18|2009/5/18|18/05/09|18-05-09|09.05.18
    |18052009|20090518|lln 18/05/2009|L-18052009|18 mei 2009|18mei09|18-mrt-2009|18 maart 2009
    |1 SEPTEMBER 2009""".replace("\n    ", "").split("|"),
)
def test_a_date_of_birth_is_refused(text: str) -> None:
    assert refusal(text) == f"Dit lijkt op een geboortedatum. {WAY_OUT}"


@pytest.mark.parametrize("text", ["31/02/2009", "2020-13-01", "LL18052009", "18059999", "3-04-12"])
def test_what_is_no_day_is_no_date_of_birth(text: str) -> None:
    assert check_reference(text) == text


@pytest.mark.parametrize(
    "text", [REAL, "93051822361", "lln 93 05 18 223 61", "RR93051822361", "98.47.28-997.65"]
)
def test_a_national_number_is_refused(text: str) -> None:
    assert refusal(text) == f"Hierin staat een rijksregisternummer. {WAY_OUT}"


@pytest.mark.parametrize("text", ["jan@school.be", "lln12@x", "jan @ school.be"])
def test_a_mail_address_is_refused(text: str) -> None:
    assert refusal(text) == f"Dit lijkt op een e-mailadres. {WAY_OUT}"


@pytest.mark.parametrize("text", ["", "   ", "-", "…", "\u200b", "🙂", "_"])
def test_nothing_to_compare_is_refused(text: str) -> None:
    assert refusal(text) == "Vul een referentie in, zoals LL-014."


def test_forty_characters_pass_and_one_more_does_not() -> None:
    assert check_reference("7" * MAX_LENGTH) == "7" * MAX_LENGTH
    assert refusal("7" * (MAX_LENGTH + 1)).startswith("Deze referentie is langer dan 40 tekens.")


def test_a_reference_is_kept_trimmed_with_single_spaces_in_one_normal_form() -> None:
    assert check_reference("\u200b lln\t\u00a0 12\r\n3e\u0300me ") == "lln 12 3ème"


def test_no_refusal_repeats_the_text() -> None:
    texts = ["Yasmina", "Yasmina 3", "yas@mina.be", f"Yasmina {REAL}", "Yasmina " * 9]
    assert "Yasmina" not in " ".join(map(refusal, texts[:2] + texts[3:])) + refusal(texts[2])


# Comparing


@pytest.mark.parametrize(
    "text", ["LL-014", "ll 014", "LL014", " l.l.-014 ", "LL–014", "ＬＬ０１４", "LL_014", "LL/014"]
)
def test_ways_of_writing_one_reference_have_one_key(text: str) -> None:
    assert reference_key(text) == "ll014"


def test_separators_between_digits_count_all_alike() -> None:
    assert {reference_key(text) for text in ["3A 1-12", "3A-1.12", "3a1 - 12"]} == {"3a1-12"}
    assert reference_key("1-112") != reference_key("11-12")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    with suppress(Refused):
        reference = check_reference(text)
        assert check_reference(reference) == reference
        assert unicodedata.is_normalized("NFC", reference)
        assert reference_key(reference) == reference_key(text) != ""
        assert reference_key(reference_key(text)) == reference_key(text)


@settings(deadline=None)
@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyzéï", min_size=2), min_size=2, max_size=4))
def test_two_words_or_more_are_always_refused(words: list[str]) -> None:
    text = " ".join(word.capitalize() for word in words) + "a"
    assert refusal(text)


# National numbers in free text

SEPARATORS = st.text(" .-/–_,:;·\u00a0", max_size=3)


def number_of(day: date, counter: int, shift: int) -> str:
    """The national number of this day (shift 0) or the bis number (shift 20 or 40)."""
    nine = f"{day.year % 100:02}{day.month + shift:02}{day.day:02}{counter:03}"
    return f"{nine}{97 - int(('2' if day.year >= 2000 else '') + nine) % 97:02}"


@settings(deadline=None)
@given(
    st.dates(date(1920, 1, 1), date(2023, 12, 31)),
    st.integers(1, 997),
    st.sampled_from([0, 20, 40]),
    st.lists(SEPARATORS, min_size=10, max_size=10),
    st.sampled_from(["", "rijksregister: ", "Mijn kind heeft ", "RR", "3A, ", "(", "klas 3 nr. "]),
    st.sampled_from(["", " en zit in 3A.", "x", ")", ", 2 kinderen", "\n"]),
)
def test_any_national_number_is_found_however_it_is_separated(
    day: date, counter: int, shift: int, separators: list[str], before: str, after: str
) -> None:
    number = number_of(day, counter, shift)
    assert nn.is_valid(number) or bis.is_valid(number)
    spread = "".join(map("".join, zip(number, [*separators, ""], strict=True)))
    assert find_national_number(before + spread + after)


@pytest.mark.parametrize(
    "text", ["９３０５１８２２３６１", "٩٣٠٥١٨٢٢٣٦١", f"1 {REAL}", f"{REAL} 5"]
)
def test_other_digits_and_numbers_beside_it_do_not_hide_it(text: str) -> None:
    assert find_national_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "93.05.18-223.62",
        "0267.377.629",
        "1993051822361",
        "930518223610",
        "+93 05 18 223 61",
        "tel. 0032 470 12 34 56 of 09 223 45 67",
        "93.05.18 en 223.61",
        "0900000067513",
    ],
)
def test_other_numbers_are_no_national_number(text: str) -> None:
    assert not find_national_number(text)


def test_free_text_comes_back_unchanged_unless_it_holds_a_national_number() -> None:
    text = "  Onze leerling Jan zit zonder internet.\n"
    assert check_free_text(text) == text
    with pytest.raises(Refused, match=r"^In deze tekst staat een rijksregisternummer\."):
        check_free_text(f"Jan, {REAL}, zit zonder internet.")


@settings(deadline=None)
@given(st.text(st.characters(categories=["Nd", "Zs", "Po", "Pd", "Lu"]), max_size=40))
def test_any_text_can_be_searched(text: str) -> None:
    assert find_national_number(text) in {True, False}
    assert not re.search(r"\d", text) or check_free_text("x") == "x"


@pytest.mark.parametrize("text", ["=1+1", "+LL-3", "@LL-3", "  =A12", "=HYPERLINK(1)"])
def test_what_excel_reads_as_a_formula_is_refused(text: str) -> None:
    assert "als een formule. Begin met een letter of een cijfer" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "De leerling is geboren op 18/05/2015.",
        "Leerling LL-3 (°18-05-2015) verhuisde.",
        "Geb. 18 mei 2015",
        "geboortedatum: 2015-05-18",
        "18.05.2015 is haar geboortedag",
    ],
)
def test_a_date_of_birth_in_a_text_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="geboortedatum"):
        check_free_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Graag voor 18/05/2020.",
        "Mail directie@school.be, we sluiten op 18/12/2020.",
        "Twee kinderen zijn pas geboren.",
        "Gebruikt tot 18/05/2020",
    ],
)
def test_other_days_and_addresses_stay_in_a_text(text: str) -> None:
    assert check_free_text(text) == text


@pytest.mark.parametrize("text", ["Referentie", "nummer", "LLN", "lln-nummer", "Code leerling"])
def test_the_name_of_a_column_is_a_heading_and_no_reference(text: str) -> None:
    assert is_heading(text)
    assert refusal(text)


@pytest.mark.parametrize("text", ["LL-014", "lln 12", "AB", "12", "", "KLM"])
def test_a_reference_is_no_heading(text: str) -> None:
    assert not is_heading(text)

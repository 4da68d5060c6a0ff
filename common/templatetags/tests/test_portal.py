"""How numbers, shares, money and days are written (docs/ui.md, "Language"); the error summary."""

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.utils import translation

from common.days import in_words
from common.templatetags import portal


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (7, "7"),
        (999, "999"),
        (47000, "47.000"),
        (1_000_000, "1.000.000"),
        (-1234, "-1.234"),
        (2.5, "3"),
        (Decimal("1234.4"), "1.234"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_a_count_has_points_between_thousands(number: float | None, written: str) -> None:
    assert portal.getal(number) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (7924 / 47000, "16,9\u00a0%"),
        (0, "0,0\u00a0%"),
        (1, "100,0\u00a0%"),
        (Decimal("0.1005"), "10,1\u00a0%"),
        (12.345, "1.234,5\u00a0%"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_a_share_is_a_percentage_with_one_decimal(share: float | None, written: str) -> None:
    assert portal.procent(share) == written


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (19, "€\u00a019"),
        (19.5, "€\u00a019,50"),
        (Decimal("1234567.8"), "€\u00a01.234.567,80"),
        (None, "–"),
    ],
)
def test_money_shows_cents_only_when_there_are(amount: float | None, written: str) -> None:
    assert portal.euro(amount) == written


def test_a_long_date_is_in_words() -> None:
    assert portal.lange_datum(dt.date(2020, 9, 14)) == "maandag 14 september 2020"


def test_a_short_date_has_four_digits_for_the_year() -> None:
    assert portal.korte_datum(dt.date(2020, 3, 4)) == "04/03/2020"


def test_moments_are_read_in_brussels() -> None:
    late = dt.datetime(2020, 9, 13, 22, 30, tzinfo=dt.UTC)
    assert portal.lange_datum(late) == "maandag 14 september 2020"
    assert portal.korte_datum(late) == "14/09/2020"
    assert portal.datum_uur(late) == "14/09/2020 om 00.30 uur"


def test_english_writes_them_the_english_way() -> None:
    half_past_three = dt.datetime(2020, 9, 14, 13, 30, tzinfo=dt.UTC)
    with translation.override("en"):
        assert portal.getal(47000) == "47,000"
        assert portal.procent(7924 / 47000) == "16.9%"
        assert [portal.euro(19), portal.euro(1234.5)] == ["€19", "€1,234.50"]
        assert portal.lange_datum(half_past_three) == "Monday 14 September 2020"
        assert portal.korte_datum(half_past_three) == "14/09/2020"
        assert portal.datum_uur(half_past_three) == "14/09/2020 at 15:30"
        assert in_words(half_past_three) == "14 September 2020"


def test_no_day_is_a_dash() -> None:
    assert [portal.lange_datum(None), portal.korte_datum(None), portal.datum_uur(None)] == ["–"] * 3


class PupilForm(forms.Form):
    """A form with a field, a group of choices and an error of its own."""

    reference = forms.CharField(label="Referentie")
    wish = forms.ChoiceField(label="Voorkeur", choices=[("a", "A")], widget=forms.RadioSelect)

    def clean(self) -> None:
        raise forms.ValidationError("De golf is gesloten.")


def test_the_error_summary_links_each_error_to_its_control() -> None:
    assert portal.error_links(PupilForm({})) == [
        ("", "De golf is gesloten."),
        ("id_reference", "Referentie: Dit veld is verplicht."),
        ("id_wish_0", "Voorkeur: Dit veld is verplicht."),
    ]


def test_the_error_summary_tells_the_errors_of_every_form_of_a_formset() -> None:
    formset_class = forms.formset_factory(PupilForm, min_num=3, validate_min=True, extra=0)
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-1-reference": "k-2"}
    links = portal.error_links(formset_class(data))
    assert [target for target, _message in links if target] == [
        "id_form-0-reference",
        "id_form-0-wish_0",
        "id_form-1-wish_0",
    ]
    assert [message for target, message in links if not target] == [
        "Verstuur minimaal 3 formulieren.",
        "De golf is gesloten.",
        "De golf is gesloten.",
    ]


@pytest.mark.parametrize("form", [None, "", PupilForm()])
def test_without_a_bound_form_there_is_nothing_to_sum_up(form: PupilForm | None) -> None:
    assert portal.error_links(form) == []

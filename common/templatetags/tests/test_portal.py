"""The filters and tags of templates: numbers, money and days; the error summary."""

import datetime as dt

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from common.days import in_words
from common.templatetags import portal


@pytest.mark.parametrize(
    ("value", "name", "written"),
    [
        (47000, "getal", "47.000"),
        (0.1686, "procent", "16,9\u00a0%"),
        (19, "euro", "€\u00a019"),
        (dt.date(2020, 9, 14), "lange_datum", "maandag 14 september 2020"),
        (dt.date(2020, 9, 14), "korte_datum", "14/09/2020"),
        (dt.datetime(2020, 9, 13, 22, 30, tzinfo=dt.UTC), "datum_uur", "14/09/2020 om 00.30 uur"),
        (None, "getal", "–"),
    ],
)
def test_templates_write_under_dutch_names(value: object, name: str, written: str) -> None:
    template = Template(f"{{% load portal %}}{{{{ value|{name} }}}}")
    assert template.render(Context({"value": value})) == written


def test_a_day_in_a_sentence_follows_the_language() -> None:
    half_past_three = dt.datetime(2020, 9, 14, 13, 30, tzinfo=dt.UTC)
    with translation.override("en"):
        assert in_words(half_past_three) == "14 September 2020"


class PupilForm(forms.Form):
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

"""A filter reads its address, narrows, and describes itself in chips and in words."""

from datetime import date

import pytest
from django import forms
from django.db.models import Q
from django.http import QueryDict

from common.fields import ChoiceOfAny, DayField, SearchField
from common.filters import Filter


class CowFilter(Filter):
    """Cows; those that are grazing unless a state is given."""

    exact = {"kleur": "colour", "staat": "state"}
    opens_with = {"staat": "weide"}
    everything = {"staat": "alle"}
    run_on = ("dag",)
    unsaid = ("kolommen",)

    zoek = SearchField("Naam")
    staat = forms.ChoiceField(
        label="Status", choices=[("weide", "op de weide"), ("stal", "op stal"), ("alle", "alle")]
    )
    kleur = ChoiceOfAny("Kleur", [("R", "rood"), ("W", "wit")])
    dag = DayField(label="Zoals bekend op", required=False)
    leeg = forms.BooleanField(label="Ook zonder kalf", required=False)
    kolommen = forms.CharField(label="Kolommen", required=False)

    def clean_zoek(self) -> str:
        """Normalised, however it is typed."""
        return str(self.cleaned_data["zoek"]).lower()


def asked(address: str, path: str = "/koeien/") -> CowFilter:
    return CowFilter(QueryDict(address), path=path)


def test_without_an_address_it_asks_what_the_list_opens_with() -> None:
    assert asked("").values == {"staat": "weide"}
    assert not asked("").is_on
    assert not asked("staat=weide&page=2&sort=-naam").is_on


@pytest.mark.parametrize(
    "address", ["staat=onzin", "staat=", "kleur=paars", "dag=31/02/2020", "zoek=" + "x" * 101]
)
def test_a_value_that_no_field_knows_counts_as_not_there(address: str) -> None:
    assert asked(address).values == asked("").values
    assert asked(address).query == asked("").query
    assert asked(address).is_valid()


def test_a_filter_may_tell_what_it_does_not_know() -> None:
    class Strict(CowFilter):
        """A page that shows nothing rather than something that was not asked for."""

        tells_errors = True

    filters = Strict(QueryDict("kleur=paars&leeg=on"))
    assert list(filters.errors) == ["kleur"]
    assert filters.words == ["Status: op de weide", "Ook zonder kalf"]


@pytest.mark.parametrize(
    ("address", "condition"),
    [
        ("", Q(state="weide")),
        ("staat=alle", Q()),
        ("staat=stal&kleur=R", Q(colour="R", state="stal")),
        ("kleur=paars&staat=alle", Q()),
    ],
)
def test_it_narrows_by_the_fields_that_say_how(address: str, condition: Q) -> None:
    assert asked(address).condition() == condition


def test_what_is_on_can_be_taken_off_and_the_sort_stays() -> None:
    filters = asked("kleur=R&sort=-naam&page=3&dag=3/4/20&leeg=on&kolommen=alle")
    kept = "sort=-naam&dag=3%2F4%2F20&leeg=on&kolommen=alle"
    assert filters.chips == [
        {"label": "Status: op de weide", "url": f"/koeien/?kleur=R&{kept}&staat=alle"},
        {"label": "Kleur: rood", "url": f"/koeien/?{kept}&staat=weide"},
        {
            "label": "Zoals bekend op 03/04/2020",
            "url": "/koeien/?kleur=R&sort=-naam&leeg=on&kolommen=alle&staat=weide",
        },
        {
            "label": "Ook zonder kalf",
            "url": "/koeien/?kleur=R&sort=-naam&dag=3%2F4%2F20&kolommen=alle&staat=weide",
        },
    ]
    assert filters.clear_url == "/koeien/?sort=-naam&kolommen=alle&staat=alle"


def test_without_any_filter_nothing_is_asked_and_the_sort_stays() -> None:
    for address in ("", "page=2", "staat=stal&kleur=R&zoek=bella&page=3"):
        assert asked(address).clear_url == "/koeien/?staat=alle"
    bare = asked("staat=alle&sort=-naam&kolommen=alle")
    assert (bare.chips, bare.condition()) == ([], Q())
    assert bare.clear_url == "/koeien/?sort=-naam&kolommen=alle&staat=alle"


def test_zero_is_a_value_and_an_empty_box_is_none() -> None:
    class OfFarm(Filter):
        exact = {"boerderij": "farm"}

        boerderij = forms.IntegerField(label="Boerderij", required=False)
        leeg = forms.BooleanField(label="Ook zonder kalf", required=False)

    filters = OfFarm(QueryDict("boerderij=0&leeg=false"))
    assert filters.values == {"boerderij": 0}
    assert filters.words == ["Boerderij: 0"]
    assert filters.query == "boerderij=0"
    assert filters.condition() == Q(farm=0)
    assert OfFarm(QueryDict("boerderij=")).values == {}


def test_a_page_may_choose_what_its_list_opens_with() -> None:
    class OnPage(CowFilter):
        def __init__(self, address: QueryDict) -> None:
            super().__init__(address)
            self.opens_with = {"staat": "stal"}

    assert OnPage(QueryDict()).words == ["Status: op stal"]
    assert not OnPage(QueryDict("staat=stal")).is_on
    assert OnPage(QueryDict("staat=weide")).is_on
    assert CowFilter(QueryDict()).words == ["Status: op de weide"]


def test_the_last_filter_taken_off_leaves_the_bare_list() -> None:
    class Bare(Filter):
        zoek = SearchField("Naam")

    for path, bare in [("/koeien/", "/koeien/"), ("", "?")]:
        filters = Bare(QueryDict("zoek=Bella"), path=path)
        assert [chip["url"] for chip in filters.chips] == [bare]
        assert filters.clear_url == bare


def test_the_address_that_was_given_is_not_changed() -> None:
    address = QueryDict("kleur=R")
    assert CowFilter(address).values == {"kleur": "R", "staat": "weide"}
    assert address.urlencode() == "kleur=R"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("", "staat=weide"),
        ("staat=alle", "staat=alle"),
        ("leeg=on&zoek=BELLA&dag=3 mei 2020", "zoek=bella&staat=weide&dag=03%2F05%2F2020&leeg=on"),
        ("kleur=W&staat=stal&page=4&sort=naam&x=y", "staat=stal&kleur=W"),
        ("kolommen=alle&staat=alle", "staat=alle&kolommen=alle"),
    ],
)
def test_a_question_has_one_address_and_the_address_asks_the_same(typed: str, written: str) -> None:
    filters, again = asked(typed), asked(written)
    assert filters.query == again.query == written
    assert filters.values == again.values
    assert filters.words == again.words
    assert filters.condition() == again.condition()


def test_what_is_not_the_same_question_does_not_read_the_same() -> None:
    addresses = [
        f"staat={state}&kleur={colour}&dag={day}&leeg={empty}&zoek={text}"
        for state in ("weide", "stal", "alle")
        for colour in ("", "R", "W")
        for day in ("", "03/04/2020", "04/04/2020")
        for empty in ("", "on")
        for text in ("", "bella")
    ]
    words = {tuple(asked(each).words) for each in addresses}
    assert len(words) == len(addresses) == len({asked(each).query for each in addresses})
    assert asked("dag=03/04/2020").values["dag"] == date(2020, 4, 3)

"""The filter of a list: its address, form, chips and words, defined once."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property

from common.formats import as_day

Rows = TypeVar("Rows", bound=QuerySet[Any])


class Filter(forms.Form, Generic[Rows]):
    """What the address of a list asks for; a value that its field does not know counts as absent.

    `query` and the name of the list are all that has to be saved to ask the same again.
    """

    # Fields whose value itself is what a column is compared with: field → lookup.
    exact: ClassVar[Mapping[str, str]] = {}
    # The value when the address gives none.
    opens_with: Mapping[str, str] = {}
    # The choice that narrows nothing, for a field whose initial value is another.
    everything: Mapping[str, str] = {}
    # Labels followed by their value without a colon: "Zoals bekend op 14/09/2020".
    run_on: ClassVar[Collection[str]] = ()
    # How rows are shown rather than which: part of the address, but no chip.
    unsaid: ClassVar[Collection[str]] = ()
    # Fields that show an error for a value they do not know, instead of ignoring it.
    tells_errors: ClassVar[bool] = False

    # Fields whose words may name a pupil: the address holds a mark (`common.searches`) instead.
    private: ClassVar[Collection[str]] = ()
    # The page that a filter with private fields is posted to.
    posted_to: ClassVar[str] = ""

    def __init__(
        self, address: QueryDict, *, path: str = "", searched: Mapping[str, str] | None = None
    ) -> None:
        """path: that of the list, for the addresses of its chips. searched: the words of private
        fields by their mark; a mark that is not there counts as absent."""
        self.address = address.copy()
        self.path = path
        # With the words themselves in place of marks: what the form is filled with.
        self.filled = self.address.copy() if self.private else self.address
        for name in self.private:
            mark = self.address.get(name, "")
            if mark in (searched or {}):
                self.filled[name] = (searched or {})[mark]
            else:
                self.address.pop(name, None)
                self.filled.pop(name, None)
        super().__init__(self.filled)

    def full_clean(self) -> None:
        """Fill in the initial value of every field that the address leaves out."""
        for name, value in self.opens_with.items():
            if not self._is_known(name):
                self.address[name] = self.filled[name] = value
        super().full_clean()
        if not self.tells_errors:
            self.errors.clear()

    def _is_known(self, name: str) -> bool:
        try:
            return bool(self.fields[name].clean(self.address.get(name)))
        except ValidationError:
            return False

    @cached_property
    def _asked(self) -> dict[str, Any]:
        self.is_valid()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if _is_something(value) and self.address.get(name)
        }

    @cached_property
    def values(self) -> dict[str, Any]:
        """Field → value, of the filters that are on."""
        return {
            name: value for name, value in self._asked.items() if value != self.everything.get(name)
        }

    @property
    def is_on(self) -> bool:
        """Whether it asks for anything but the list as it opens."""
        return self._written() != self.opens_with

    def condition(self) -> Q:
        """The condition that rows have to meet."""
        on = self.values
        return Q(**{self.exact[name]: on[name] for name in self.exact if name in on})

    def found(self, rows: Rows) -> Rows:
        """Those of these rows that match."""
        return rows.filter(self.condition())

    # The address

    @property
    def query(self) -> str:
        """What is asked, as a query string: the same question always gives the same string."""
        asked = QueryDict(mutable=True)
        asked.update(self._written())
        return asked.urlencode()

    def _written(self) -> dict[str, str]:
        return {name: self._as_written(name) for name in self._asked}

    def _as_written(self, name: str) -> str:
        if name in self.private:
            return str(self.address[name])
        value = self.fields[name].prepare_value(self._asked[name])
        if isinstance(value, date):
            return as_day(value)
        return "on" if value is True else str(value)

    def address_without(self, name: str) -> str:
        """The list without this filter; the sort stays, the page number does not."""
        return self._address_without(name)

    @property
    def clear_url(self) -> str:
        """The list without any filter, sorted and shown as it is now."""
        return self._address_without(*(name for name in self.fields if name not in self.unsaid))

    def _address_without(self, *names: str) -> str:
        rest = self.address.copy()
        for name in ("page", *names):
            rest.pop(name, None)
            if name in self.everything:
                rest[name] = self.everything[name]
        return f"{self.path}?{rest.urlencode()}" if rest else self.path or "?"

    # What people read

    @property
    def words(self) -> list[str]:
        """What is asked, a sentence for each filter that is on: "Status: te beslissen"."""
        return [self._said(name) for name in self._shown]

    @property
    def chips(self) -> list[dict[str, str]]:
        """The filters that are on, in words, each with the address of the list without it."""
        return [
            {"label": self._said(name), "url": self.address_without(name)} for name in self._shown
        ]

    @property
    def _shown(self) -> list[str]:
        return [name for name in self.values if name not in self.unsaid]

    def _said(self, name: str) -> str:
        label, value = self.fields[name].label, self.values[name]
        if value is True:
            return str(label)
        return f"{label}{'' if name in self.run_on else ':'} {self._value_in_words(name, value)}"

    def _value_in_words(self, name: str, value: Any) -> str:
        if isinstance(value, Model):
            return str(value)
        if isinstance(value, date):
            return as_day(value)
        return str(dict(getattr(self.fields[name], "choices", ())).get(value, value))


def _is_something(value: Any) -> bool:
    """Whether a field holds a value; 0 is one, a box that is not ticked is none."""
    return value is not False and value not in EMPTY_VALUES

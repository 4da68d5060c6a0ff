"""Rows inserted from a query or a COPY are like rows that the models create."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from local.sample.fill import born, copied
from vouchers.models import Period

NAMED = {
    "slug": "'golf-' || n", "name": "'Golf ' || n", "prefix": "'F' || n",
    "asks_from": "%(day)s + n", "asks_until": "%(day)s + n", "reports_from": "%(day)s + n",
    "reports_until": "%(day)s + n",
}  # fmt: skip
DAY = date(2020, 3, 1)


def by_query() -> None:
    assert born(Period, "FROM generate_series(1, 2) n ORDER BY n", {"day": DAY}, **NAMED) == 2


def by_copy() -> None:
    days = [date(2020, 3, 1 + n) for n in (1, 2)]
    rows = ((f"golf-{n}", f"Golf {n}", f"F{n}", *[day] * 4) for n, day in enumerate(days, 1))
    copied(Period, tuple(NAMED), rows)


@pytest.mark.django_db
@pytest.mark.parametrize("write", [by_query, by_copy])
def test_a_column_that_is_not_named_is_as_in_a_row_of_the_model(write: Callable[[], None]) -> None:
    write()
    days = dict.fromkeys(("asks_from", "asks_until", "reports_from", "reports_until"))
    for n, found in enumerate(Period.objects.order_by("slug"), 1):
        of_model = Period(
            pk=found.pk,
            slug=f"golf-{n}",
            name=f"Golf {n}",
            prefix=f"F{n}",
            **dict.fromkeys(days, date(2020, 3, 1 + n)),
        )
        names = [field.name for field in Period._meta.concrete_fields]
        assert model_to_dict(found, names) == model_to_dict(of_model, names)
    assert Period.objects.count() == 2


@pytest.mark.django_db
def test_a_column_without_a_default_has_to_be_named() -> None:
    without = {name: how for name, how in NAMED.items() if name != "asks_from"}
    with pytest.raises(IntegrityError, match="asks_from"), transaction.atomic():
        born(Period, "FROM generate_series(1, 1) n", {"day": DAY}, **without)

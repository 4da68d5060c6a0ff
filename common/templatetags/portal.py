"""How numbers, shares, money and days are written on every screen, in the language of its reader;
helpers of components."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.middleware.csrf import get_token
from django.template import RequestContext
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

NOTHING = "–"
DUTCH = str.maketrans(",.", ".,")


def _written(number: Decimal) -> str:
    """1234.5 → "1.234,5", in English "1,234.5". Django's own way takes ten times as long."""
    english = f"{number:,}"
    return english if get_language() == "en" else english.translate(DUTCH)


def _local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


@register.filter
def getal(number: float | Decimal | None) -> str:
    """A count: 47000 → "47.000" (English "47,000"), None → "–". Fractions are rounded half up."""
    if number is None or number == "":
        return NOTHING
    return _written(Decimal(str(number)).quantize(Decimal(1), ROUND_HALF_UP))


@register.filter
def procent(share: float | Decimal | None) -> str:
    """A share from 0 to 1: 0.1686 → "16,9 %" (no-break space; English "16.9%"), None → "–"."""
    if share is None or share == "":
        return NOTHING
    percentage = (Decimal(str(share)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _("{number}\u00a0%").format(number=_written(percentage))


@register.filter
def euro(amount: float | Decimal | None) -> str:
    """Money: 19 → "€ 19" (English "€19"), 19.5 → "€ 19,50" ("€19.50"), None → "–"."""
    if amount is None or amount == "":
        return NOTHING
    cents = Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole = cents == cents.to_integral_value()
    number = _written(cents.to_integral_value() if whole else cents)
    return _("€\u00a0{number}").format(number=number)


@register.filter
def lange_datum(day: dt.date | dt.datetime | None) -> str:
    """A day in words: "maandag 14 september 2020" (English "Monday 14 September 2020"); moments are
    read in the portal's time zone."""
    if not day:
        return NOTHING
    return formats.date_format(_local(day) if isinstance(day, dt.datetime) else day, "l j F Y")


@register.filter
def korte_datum(day: dt.date | dt.datetime | None) -> str:
    """A day in digits, for tables and forms, in both languages: "14/09/2020"."""
    if not day:
        return NOTHING
    return f"{_local(day) if isinstance(day, dt.datetime) else day:%d/%m/%Y}"


@register.filter
def datum_uur(moment: dt.datetime | None) -> str:
    """A moment: "14/09/2020 om 15.30 uur" (English "14/09/2020 at 15:30"), in the portal's zone."""
    if not moment:
        return NOTHING
    local = _local(moment)
    return _("{day} om {hour}.{minute} uur").format(
        day=korte_datum(local), hour=f"{local:%H}", minute=f"{local:%M}"
    )


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The first page, the last and the neighbours of this one; None where some are left out."""
    near = {1, page.number - 1, page.number, page.number + 1, page.paginator.num_pages}
    shown = sorted(near & set(page.paginator.page_range))
    numbers: list[int | None] = []
    for number in shown:
        if numbers and number - 1 not in shown:
            numbers.append(None)
        numbers.append(number)
    return numbers


@register.simple_tag(takes_context=True)
def csrf_field(context: RequestContext) -> SafeString:
    """The CSRF input for a form in a component: `include … only` hides Django's own token."""
    token = get_token(context.request)
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)


@register.simple_tag
def error_links(*forms: Any) -> list[tuple[str, str]]:
    """What an error summary lists of bound forms and formsets: (id of the field, "label: message").

    The id is "" for an error of a form or formset as a whole.
    """
    links: list[tuple[str, str]] = []
    for form in forms:
        if hasattr(form, "non_form_errors"):
            links += [("", str(message)) for message in form.non_form_errors()]
            links += error_links(*form.forms)
        elif form and form.is_bound:
            links += _links_of_form(form)
    return links


def _links_of_form(form: Any) -> list[tuple[str, str]]:
    links = [("", str(message)) for message in form.non_field_errors()]
    for field in form:
        links += [(_focusable_id(field), f"{field.label}: {message}") for message in field.errors]
    return links


def _focusable_id(field: Any) -> str:
    """The id of the control; of the first choice where the field is a group of choices."""
    first = "_0" if field.use_fieldset and hasattr(field.field, "choices") else ""
    return f"{field.auto_id}{first}" if field.auto_id else ""

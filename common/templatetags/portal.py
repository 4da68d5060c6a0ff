"""What templates use: numbers, money and days under their Dutch names; helpers of components."""

from typing import Any

from django import template
from django.core.paginator import Page
from django.middleware.csrf import get_token
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.formats import as_day, as_euros, as_long_day, as_moment, as_number, as_percentage

register = template.Library()

register.filter("getal", as_number)
register.filter("procent", as_percentage)
register.filter("euro", as_euros)
register.filter("lange_datum", as_long_day)
register.filter("korte_datum", as_day)
register.filter("datum_uur", as_moment)


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The first page, the last and the neighbours of this one; None where pages are left out."""
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
    """What an error summary lists for bound forms and formsets: (id of the field, "label:
    message").

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
    """The id of the control; for a group of choices, that of the first."""
    first = "_0" if field.use_fieldset and hasattr(field.field, "choices") else ""
    return f"{field.auto_id}{first}" if field.auto_id else ""

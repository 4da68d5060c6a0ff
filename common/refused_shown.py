"""How a page shows a refusal: at the field it is about, else above the form or on the page."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from common.refused import Refused


def in_form(form: forms.BaseForm, refusal: Refused, *, otherwise: str | None = None) -> None:
    """Show it in a form that comes back. otherwise: the field for a refusal about none of its
    fields; None: above them all."""
    field = refusal.field if refusal.field in form.fields else otherwise
    form.add_error(field, forms.ValidationError(refusal.message, code=refusal.code))


def on_page(
    request: HttpRequest,
    refusal: Refused,
    form: forms.BaseForm | None = None,
    *,
    tone: int = messages.ERROR,
) -> bool:
    """Show it at its field when this form has it, and return True: the form then has to be shown
    again.

    Otherwise show it on the next page that is opened.
    """
    if form is not None and refusal.field in form.fields:
        in_form(form, refusal)
        return True
    messages.add_message(request, tone, refusal.message)
    return False

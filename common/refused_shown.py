"""How a page says what was refused: at the field it is about, else above the form or the page."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from common.refused import Refused


def in_form(form: forms.BaseForm, refusal: Refused, *, otherwise: str | None = None) -> None:
    """In a form that comes back. otherwise: the field for what is about none; None: above all."""
    field = refusal.field if refusal.field in form.fields else otherwise
    form.add_error(field, forms.ValidationError(refusal.message, code=refusal.code))


def on_page(
    request: HttpRequest,
    refusal: Refused,
    form: forms.BaseForm | None = None,
    *,
    tone: int = messages.ERROR,
) -> bool:
    """At its field, when this form has it: then the form has to come back, and True says so.

    Else on the page that one sees next.
    """
    if form is not None and refusal.field in form.fields:
        in_form(form, refusal)
        return True
    messages.add_message(request, tone, refusal.message)
    return False

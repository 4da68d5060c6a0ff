"""The layout of a form on a page of its own.

Tested in `pages.shared.tests.test_one_column`, `pages.ministry.tests.test_stock`,
`pages.ministry.tests.test_requests`.
"""

from typing import TYPE_CHECKING, Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout, LayoutObject, Submit
from django import forms
from django.template import Context
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

if TYPE_CHECKING:
    Base = forms.BaseForm
else:
    Base = object


class LinkBack(LayoutObject):
    """The link for who changes their mind. Its address is data: never part of a template, as in
    crispy's own HTML."""

    def __init__(self, url: str) -> None:
        self.url = url

    def render(self, form: forms.BaseForm, context: Context, **options: Any) -> str:
        """As crispy calls it."""
        return render_to_string("components/link_back.html", {"url": self.url})


class OneColumn(Base):
    """Fields in order, one button, a link back; empty required fields get a message in plain
    words."""

    button: str | StrPromise = gettext_lazy("Bewaren")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = _("Dit moet je nog invullen.")
            if isinstance(field, forms.ModelChoiceField):
                field.empty_label = _("Kies…")

    def shown(self, *, cancel: str) -> FormHelper:
        """Set and return the layout that `{% crispy form %}` draws; `cancel` is the link back."""
        helper = FormHelper()
        helper.attrs = {"novalidate": True, "class": "measure"}
        buttons = Div(Submit("save", self.button), LinkBack(cancel), css_class="actions")
        helper.layout = Layout(*self.fields, buttons)
        self.helper = helper
        return helper

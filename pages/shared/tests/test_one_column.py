"""What a form shows of data: its link back and its hints are text, never part of a template."""

from crispy_forms.utils import render_crispy_form
from django import forms

from pages.shared.one_column import OneColumn

EVIL = "/x/{{ secret }}{% now 'Y' %}<b>"


class Dull(OneColumn, forms.Form):
    name = forms.CharField(help_text=EVIL)


def drawn() -> str:
    """The form as a page shows it."""
    form = Dull()
    form.shown(cancel=EVIL)
    return str(render_crispy_form(form, context={"secret": "KANARIE"}))


def test_the_link_back_is_data() -> None:
    html = drawn()
    assert "KANARIE" not in html
    assert "/x/{{ secret }}{% now &#x27;Y&#x27; %}&lt;b&gt;" in html
    assert ">Niet doen</a>" in html


def test_a_hint_is_text_whatever_it_holds() -> None:
    assert "<b>" not in drawn()

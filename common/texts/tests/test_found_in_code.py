"""Which texts are found in Python and in templates."""

import pytest

from common.texts.found_in_code import NotAText, Text, texts_of_python, texts_of_template


def test_calls_are_found_under_any_name() -> None:
    source = (
        "from django.utils.translation import gettext as _, ngettext, pgettext_lazy as p\n"
        "_('een ' 'twee')\nngettext('een', 'meer', n)\np('maand', 'mei')\nother('niet')\n"
    )
    assert set(texts_of_python(source)) == {
        Text("een twee"),
        Text("een", plural="meer"),
        Text("mei", context="maand"),
    }


def test_a_text_that_is_not_written_there_is_refused() -> None:
    source = "from django.utils.translation import gettext\ngettext(f'{n} codes')\n"
    with pytest.raises(NotAText, match="line 2"):
        list(texts_of_python(source))


def test_tags_of_templates_are_found() -> None:
    source = (
        "{% load i18n %}{% translate 'een' as x %}{% translate 'mei' context 'maand' %}"
        "{% blocktranslate trimmed count n=n with a=b %}\n  {{ a }}\n  is er\n{% plural %}"
        "{{ n }} zijn er{% endblocktranslate %}{% if x %}{% firstof _('twee') %}{% endif %}"
    )
    assert set(texts_of_template(source)) == {
        Text("een"),
        Text("mei", context="maand"),
        Text("%(a)s is er", plural="%(n)s zijn er"),
        Text("twee"),
    }

"""One way to show and save a form of what a wave needs.

Tested in `pages.ministry.tests.test_stock`.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from common.refused import Refused
from common.refused_shown import in_form
from pages.shared.person_request import PersonRequest


def form_page(
    request: PersonRequest,
    form: Any,
    *,
    title: str,
    back: str,
    parent: str,
    save: Callable[[Any], Any],
    done: Callable[[Any], tuple[str, str]],
) -> HttpResponse:
    """Save a valid form by an action, or show it. `done`: a message, and the name of the page of
    the saved thing, or "" to return to `back`."""
    if form.is_valid():
        try:
            thing = save(form.save(commit=False))
        except Refused as refusal:
            in_form(form, refusal)
        else:
            sentence, page = done(thing)
            messages.success(request, sentence.format(**{thing._meta.model_name: thing}))
            return redirect(page, pk=thing.pk) if page else redirect(back)
    form.shown(cancel=back)
    context = {"title": title, "form": form, "parent_url": back, "parent_label": parent}
    return render(request, "ministry/form.html", context)

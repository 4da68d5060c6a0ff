"""What the ministry's pages have in common."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import MINISTRY
from common.access import roles_required
from common.refused import Refused
from common.refused_shown import on_page

ministry_only = roles_required(*MINISTRY)


def confirmation(request: HttpRequest, **context: Any) -> HttpResponse:
    """The page before an act; see components/confirmation.html for what it shows."""
    return render(request, "components/confirmation.html", context)


def confirm_or_do(
    request: HttpRequest,
    *,
    check: Callable[[], object],
    act: Callable[[], object],
    done: str,
    back: str,
    after: str = "",
    form: forms.Form | None = None,
    **question: Any,
) -> HttpResponse:
    """A GET asks, a POST (with a good reason, where `form` asks one) acts and says what was done.

    check: the policy, asked before the question too. back: where a refusal is said, and where one
    goes `after` unless that names another page. question: of `confirmation`.
    """
    try:
        check()
        if request.method == "POST" and (form is None or form.is_valid()):
            act()
            messages.success(request, done)
            return redirect(after or back)
    except Refused as refusal:
        if not on_page(request, refusal, form, tone=messages.WARNING):
            return redirect(back)
    return confirmation(request, form=form, cancel_url=back, parent_url=back, **question)

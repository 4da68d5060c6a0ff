"""Who may open which page: every view declares it, once, with one of these decorators.

The system check in `checks.py` stops a project in which a view declares nothing (rule 9). Who may
see which rows is another matter (`Model.objects.visible_to(user)`), and who may do what a third
(`vouchers.policies`).

Tested in `voucherportal.tests.test_access`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from common.kept_form import give_back, keep_form

View = Callable[..., HttpResponseBase]


class DeclaredView(Protocol):
    """A view that carries whom it lets in, and whether a form sent to it may be kept."""

    access: frozenset[str]
    nothing_kept: bool

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


PUBLIC = frozenset({"public"})
ANYBODY = frozenset({"signed in"})


def roles_required(*roles: str) -> Callable[[View], View]:
    """Let in only people with one of these roles; others get 403, anyone not signed in the sign-in
    page.

    The form of somebody not signed in is kept until they are: their session may just have ended.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if not getattr(view, "nothing_kept", False):
                    keep_form(request)
                return redirect_to_login(request.get_full_path())
            if request.user.role not in roles:
                raise PermissionDenied
            return give_back(request) or view(request, *args, **kwargs)

        # Redirects by itself: LoginRequiredMiddleware would do so before it and lose the form.
        return declare(login_not_required(guarded), frozenset(str(role) for role in roles))

    return decorate


def nothing_kept(view: View) -> View:
    """What is typed here is secret: it is not kept when the session turns out to have ended."""
    noted = cast(DeclaredView, view)
    noted.nothing_kept = True
    return noted


def signed_in(view: View) -> View:
    """Let in everybody who is signed in; LoginRequiredMiddleware turns the others away."""
    return declare(view, ANYBODY)


def public(view: View) -> View:
    """Let in everybody, signed in or not."""
    return declare(login_not_required(view), PUBLIC)


def declare(view: View, access: frozenset[str]) -> View:
    """Record on the view whom it lets in, for the system check and the table of URLs and roles."""
    noted = cast(DeclaredView, view)
    noted.access = access
    return noted


def declared_access(view: View) -> frozenset[str] | None:
    """Whom this view lets in, or None when it does not declare that."""
    return getattr(view, "access", None)

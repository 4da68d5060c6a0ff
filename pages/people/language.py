"""The button that chooses the language of the pages. Tested in `accounts.tests.test_language`."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from accounts import actions
from accounts.language import LANGUAGES
from accounts.models import User
from common.access import public


@public
@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Continue in the language of the button, in this browser and, when signed in, everywhere."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in LANGUAGES:
        actions.choose_language(person=request.user, language=language)
    return set_language(request)

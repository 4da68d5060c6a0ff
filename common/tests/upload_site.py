"""A site of one upload form, for upload_wsgi.py."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Context, Engine
from django.urls import path

from common.access import public
from common.uploads import upload_refusal
from pages.people import language

PAGE = """<!doctype html><title>upload</title><form method="post" enctype="multipart/form-data">
<input type="hidden" name="csrfmiddlewaretoken" value="{{ token }}">
<input name="note" value="{{ note }}"><input type="file" name="file">
<p id="refusal">{{ refusal }}</p><p id="kept">{{ kept }}</p><button>Send</button></form>"""


@public
def upload(request: HttpRequest) -> HttpResponse:
    """Show the refusal, or the size of what was kept and where."""
    refusal = upload_refusal(request) if request.method == "POST" else None
    kept = [f"{type(one).__name__} {one.size}" for one in request.FILES.getlist("file")]
    values = {
        "token": get_token(request),
        "note": request.POST.get("note", ""),
        "refusal": refusal or "",
        "kept": ", ".join(kept),
    }
    page = Engine().from_string(PAGE).render(Context(values))
    return HttpResponse(page, status=413 if refusal else 200)


# The language switch is on every page of ours, also on a refusal.
urlpatterns = [
    path("upload/", upload),
    path("taal/", language.choose_language, name="choose_language"),
]

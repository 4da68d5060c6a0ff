"""Uploads: in memory only, since a file may hold codes; refused unread above the limit.

What the browser announces (Content-Length) decides before the first byte of the file is read. The
fields that precede the file in the form, the CSRF token among them, are read as always, so the view
runs and can say what is wrong: `upload_refusal(request)`. The response goes out at once; what the
browser is still sending is then read and discarded piece by piece, because a browser whose
connection is closed while it sends shows its own error page instead of ours.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from common.refused import Refused

REFUSED = "voucherportal.upload_refused"  # in request.META, which is the WSGI environ
FORM_BYTES = 64 * 1024  # what the other fields of an upload form may take besides the file
DRAIN_PIECE = 16 * 1024
DRAIN_BYTES = 200 * 1024 * 1024
DRAIN_SECONDS = 60.0


def upload_refusal(request: HttpRequest) -> str | None:
    """The sentence for the form when this request's file was refused unread, else None."""
    request.FILES.keys()  # reading the body is what triggers the refusal
    if not request.META.get(REFUSED):
        return None
    return _(
        "Dit bestand is groter dan {megabytes} MB en is daarom niet gelezen."
        " Laat kolommen weg die niet nodig zijn of verdeel de rijen over meer bestanden,"
        " en kies het bestand opnieuw."
    ).format(megabytes=megabytes())


def megabytes() -> str:
    """How large an upload may be, as a sentence gives it."""
    return str(settings.UPLOAD_MAX_BYTES // (1024 * 1024))


def with_limit(text: StrPromise) -> StrPromise:
    """This text of a form with the limit in place of {megabytes}."""
    return format_lazy(text, megabytes=lazy(megabytes, str)())


def check_size(content: bytes, field: str = "") -> None:
    """Refuse, at this field of a form, a file that is larger than an upload may be."""
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise Refused(
            _("Dit bestand is groter dan {megabytes} MB. Splits het in kleinere bestanden.").format(
                megabytes=megabytes()
            ),
            field,
            code="file-too-large",
        )


class MemoryOnlyUploadHandler(FileUploadHandler):
    """The only upload handler: no temporary file, at most UPLOAD_MAX_BYTES in all."""

    announced = 0
    received = 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Remember the size that the browser announces for the whole form."""
        self.announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Refuse before the first byte when the form is announced as too large."""
        super().new_file(*args, **kwargs)
        if self.announced > settings.UPLOAD_MAX_BYTES + FORM_BYTES:
            self.refuse()
        self.file = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Append it, or refuse when it exceeds the limit."""
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            self.refuse()
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file, positioned at its beginning."""
        self.file.seek(0)
        return InMemoryUploadedFile(
            file=self.file,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def refuse(self) -> None:
        """Stop reading here; the rest of the body stays on the connection."""
        if self.request is not None:
            self.request.META[REFUSED] = True
        raise StopUpload(connection_reset=True)


StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class AnswerThenDrain:
    """WSGI: after the response to a refused upload, discard what the browser is still sending."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = self.application(environ, start_response)
        return Draining(answer, environ["wsgi.input"]) if environ.get(REFUSED) else answer


class Draining:
    """A response whose closing drains the request's body; the server closes it once it is sent."""

    def __init__(self, answer: Iterable[bytes], body: IO[bytes]) -> None:
        self.answer = answer
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        """Close the response, then drain: bounded in bytes and time. Who sends too slowly is cut
        off by `common.web_worker`, between two looks at the clock here."""
        close = getattr(self.answer, "close", None)
        if close is not None:
            close()
        until = time.monotonic() + DRAIN_SECONDS
        left = DRAIN_BYTES
        while left > 0 and time.monotonic() < until:
            try:
                piece = self.body.read(DRAIN_PIECE)
            except OSError:  # the connection is gone, or too slow
                return
            if not piece:
                return
            left -= len(piece)

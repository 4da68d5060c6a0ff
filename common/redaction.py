"""What may be logged when something goes wrong: where and what kind; nothing that was typed."""

import logging
import traceback
from collections.abc import ItemsView
from types import FrameType, TracebackType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

# PostgreSQL repeats rows and keys in these lines of its messages.
WITH_VALUES = ("DETAIL:", "CONTEXT:", "QUERY:", "LINE ", "HINT:")


class NothingTypedFilter(SafeExceptionReporterFilter):
    """Hides every posted value and local variable, even with DEBUG: any of them may be a code."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        if request is None:
            return {}
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        return dict.fromkeys(tb_frame.f_locals, self.cleansed_substitute).items()


class LineFormatter(logging.Formatter):
    """One line per record; a traceback loses what PostgreSQL quotes from rows.

    Somebody who may not open a page is not an error of ours: that is logged without a traceback.
    """

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        if ei[0] is not None and issubclass(ei[0], PermissionDenied):
            return ""
        lines = "".join(traceback.format_exception(*ei)).splitlines()
        return "\n".join(line for line in lines if not line.startswith(WITH_VALUES))

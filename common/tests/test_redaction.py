"""Nothing that somebody typed, nor what PostgreSQL quotes from rows, is logged."""

import logging
import sys

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.test import RequestFactory
from django.views.debug import ExceptionReporter
from pytest_django import Settings

from common.redaction import LineFormatter

CANARY = "KANARIE-4711"


def formatted(error: BaseException) -> str:
    information = (type(error), error, error.__traceback__)
    record = logging.LogRecord("test", logging.ERROR, "", 0, "failed", (), information)
    return LineFormatter("{message}", style="{").format(record)


@pytest.mark.django_db
def test_a_traceback_loses_the_row_that_postgresql_quotes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE codes (code text UNIQUE)")
        cursor.execute("INSERT INTO codes VALUES (%s)", [CANARY])
        with pytest.raises(IntegrityError) as raised:
            cursor.execute("INSERT INTO codes VALUES (%s)", [CANARY])
    assert CANARY in str(raised.value)
    text = formatted(raised.value)
    assert CANARY not in text
    assert "duplicate key value violates unique constraint" in text


def test_a_page_that_is_not_somebodys_is_one_line() -> None:
    assert formatted(PermissionDenied("niet hier")) == "failed"
    assert "ValueError: stuk" in formatted(ValueError("stuk"))


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_report_hides_what_was_posted_and_every_variable(
    debug: bool, settings: Settings
) -> None:
    settings.DEBUG = debug
    request = RequestFactory().post("/somewhere/", {"code": CANARY})
    code = CANARY
    try:
        raise ValueError(len(code))
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
        report = reporter.get_traceback_text() + reporter.get_traceback_html()
    assert CANARY not in report
    assert "********************" in report

"""Two waves of which the first can be erased: its codes, references, texts, mails and files."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from conftest import Cast
from vouchers.actions.stock import pools
from vouchers.models import HandOut, Mail, Period, Pool, ProviderFile, VoucherRequest
from vouchers.states import MailKind, MailState
from vouchers.tests.factories import (
    at,
    handed_out,
    load_codes,
    make_period,
    make_pool,
    report_activations,
    reveal,
)

FIRST_REFERENCES = ["EERSTE-A17", "EERSTE-B18", "EERSTE-C19"]
SECOND_REFERENCES = ["TWEEDE-D20", "TWEEDE-E21"]
NOTE = "Het gezin van de derde verhuist."
# The pool of the first is valid until 30 June; six months later it may be erased.
MAY_BE_ERASED = date(2020, 12, 30)
ERASED_AT = at(date(2021, 1, 10))


@dataclass(frozen=True)
class TwoWaves:
    """Own school in the first, other school in the second; files by what they hold."""

    first: Period
    second: Period
    first_out: list[HandOut]
    second_out: list[HandOut]
    first_codes: ProviderFile
    second_codes: ProviderFile
    first_reported: ProviderFile
    both_reported: ProviderFile


def two_waves(cast: Cast) -> TwoWaves:
    """Five codes of which three went to the first wave, which is closed; three for the second."""
    first_codes = load_codes(cast.pool, by=cast.officer, codes=[f"AA-{n}" for n in range(5)])
    first = handed_out(
        cast.school, cast.period, by=cast.coordinator, officer=cast.officer,
        references=FIRST_REFERENCES,
    )  # fmt: skip
    VoucherRequest.objects.filter(period=cast.period).update(note=NOTE)
    reveal(first[:2], by=cast.coordinator, now=at(date(2020, 3, 12)))
    first_reported = report_activations(first[:1], on=date(2020, 4, 10), by=cast.provider_user)
    pools.close_period(period=cast.period, by=cast.officer, now=at(date(2020, 8, 3)))
    second, codes = _second(cast)
    out = handed_out(
        cast.other_school, second, by=cast.other_coordinator, officer=cast.officer,
        references=SECOND_REFERENCES, now=at(date(2020, 9, 8)),
    )  # fmt: skip
    both = report_activations([first[1], out[0]], on=date(2020, 9, 20), by=cast.provider_user)
    Mail.objects.filter(kind=MailKind.DECIDED).update(state=MailState.FAILED)
    queued = Mail.objects.filter(state=MailState.QUEUED)
    queued.update(state=MailState.SENT, sent_at=at(date(2020, 9, 21)))
    cast.period.refresh_from_db()
    return TwoWaves(cast.period, second, first, out, first_codes, codes, first_reported, both)


def _second(cast: Cast) -> tuple[Period, ProviderFile]:
    second = make_period(
        slug="golf-2", name="Golf 2", prefix="G2", start=date(2020, 9, 1), end=date(2020, 12, 15)
    )
    pool = make_pool(cast.provider, name="september", valid_until=date(2021, 6, 30))
    now = at(date(2020, 9, 2))
    return second, load_codes(pool, by=cast.officer, codes=["BB-1", "BB-2", "BB-3"], now=now)


def close_pool(cast: Cast) -> Pool:
    """No more codes of the first pool go out."""
    pools.close_pool(pool=cast.pool, by=cast.officer, now=at(date(2020, 8, 3)))
    return cast.pool


def dump() -> str:
    """All rows of all tables as text, ciphertexts in hexadecimal."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        text = []
        for table in tables:
            cursor.execute(f'SELECT row::text FROM "{table}" row')
            text += [row for (row,) in cursor.fetchall()]
    return "\n".join(text)

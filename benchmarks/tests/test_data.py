"""The data of the bench could have been made by the portal itself."""

import pytest
from django.db import connection

from benchmarks import data
from vouchers import books, codes
from vouchers.actions.files.file_rows import rule_of
from vouchers.models import HandOut, PupilLine, Voucher


@pytest.mark.as_owner
@pytest.mark.django_db
def test_the_books_balance_and_codes_are_found() -> None:
    data.fill(data.Size(0.0005))
    assert [pool.off for pool in books.balance()] == [()] * data.POOLS
    voucher = Voucher.objects.select_related("pool__agreement__provider").get(pk=7)
    rule = rule_of(voucher.pool.agreement.provider)
    assert bytes(voucher.fingerprint) == codes.fingerprint(data.code(7), rule)
    assert (HandOut.objects.count(), PupilLine.objects.waiting().count()) == (300, 26)
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)

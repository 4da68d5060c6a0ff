"""The only writer of the trace of exports (failure 21): who, when, what, rows, hash.

Tested in `reports.tests.test_exports`.
"""

import hashlib
from datetime import datetime

from django.utils.translation import gettext_noop

from accounts.models import User
from history.recording import recorded
from vouchers import policies
from vouchers.models import Export


def record(
    *,
    name: str,
    content: bytes,
    file_format: str,
    asked: str,
    address: str,
    rows: int,
    by: User,
    now: datetime,
) -> Export:
    """Record that this file is about to leave; call it before the file is given out.

    asked: the question in words. address: the page that asks it again. rows: without the heading.
    Raises Refused.
    """
    with recorded(by=by, why=gettext_noop("cijfers als bestand meegenomen")):
        policies.check_reads_figures(by)
        return Export.objects.create(
            name=name,
            format=file_format,
            asked=asked,
            address=address,
            rows=rows,
            sha256=hashlib.sha256(content).hexdigest(),
            made_at=now,
            made_by=by,
        )

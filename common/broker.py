"""Telling the workers that there is work. The row is there already, so a lost message loses no work
(rule 8).

Tested in `vouchers.actions.upkeep.tests.test_jobs`, `voucherportal.tests.test_environment`.
"""

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def tell_workers(task: str, *, what: str, expires: float | None = None, **arguments: Any) -> None:
    """Send the message of a task; when the broker is away, beat finds the row later.

    what: the work, for the log. expires: seconds after which it is no longer needed.
    """
    try:
        current_app.send_task(task, kwargs=arguments, expires=expires)
    except OperationalError:
        logger.warning("%s could not be sent: the broker does not answer", what)

"""The WSGI application that gunicorn serves; it does not start on a wrong database, nor with more
keys than it needs.

Tested in `local.tests.test_demo_mark`, `local.tests.test_starts` and
`voucherportal.tests.test_statements`.
"""

import logging
import os

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError

from common.uploads import AnswerThenDrain
from voucherportal.start import check_connections, limit_statements

os.environ.setdefault("PROCESS", "web")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

application = AnswerThenDrain(get_wsgi_application())
limit_statements()
try:
    check_connections()
except OperationalError:
    # /health/ says so meanwhile, and the first connection is checked when it comes.
    logging.getLogger(__name__).warning("The database does not answer yet.")

"""The WSGI application that gunicorn serves; it does not start on a demo without DEMO.

Tested in `local.tests.test_demo_mark` and `voucherportal.tests.test_statements`.
"""

import os

from django.core.wsgi import get_wsgi_application

from common.uploads import AnswerThenDrain
from voucherportal.start import check_database, limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

application = AnswerThenDrain(get_wsgi_application())
limit_statements()
check_database()

"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from voucherportal.uploads import AnswerThenDrain

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

application = AnswerThenDrain(get_wsgi_application())

"""What the bench's gunicorn serves: the portal's settings and middleware, and one extra page."""

from django.conf import settings

from voucherportal.wsgi import application

__all__ = ["application"]

settings.ROOT_URLCONF = "benchmarks.empty_site"

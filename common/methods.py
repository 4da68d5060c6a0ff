"""By which methods a page may be asked, beside Django's `require_safe` and `require_POST`.

Tested in `voucherportal.tests.test_access`.
"""

from django.views.decorators.http import require_http_methods

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])

"""What the ministry's pages have in common. Tested in `voucherportal.tests.test_access`."""

from accounts.models import MINISTRY
from common.access import roles_required

ministry_only = roles_required(*MINISTRY)

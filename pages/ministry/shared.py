"""What the ministry's pages have in common. Tested in `voucherportal.tests.test_access`."""

from accounts.models import MINISTRY, MINISTRY_PEOPLE, SUPERVISING
from common.access import roles_required

ministry_only = roles_required(*MINISTRY)
# Analysts too: pages with numbers only, on which nobody changes anything.
readers_only = roles_required(*MINISTRY_PEOPLE)
# What holds for everybody (ADR 35).
supervising_only = roles_required(*SUPERVISING)

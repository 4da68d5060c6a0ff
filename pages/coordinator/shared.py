"""What the coordinators' pages have in common. Tested in `voucherportal.tests.test_access`."""

from accounts.models import Role
from common.access import roles_required

coordinator_only = roles_required(Role.COORDINATOR)

"""Pages of reports start from what tests of reports start from."""

from reports.tests.conftest import figures as figures
from reports.tests.conftest import officer as officer
from reports.tests.conftest import one_active_of_four as one_active_of_four

"""What every list page of the scheme does: `voucherportal.lists`."""

from voucherportal.lists import chips as chips
from voucherportal.lists import numbers as numbers
from voucherportal.lists import page_of as page_of
from voucherportal.lists import page_shown as page_shown
from voucherportal.lists import sort_of as sort_of

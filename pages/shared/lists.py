"""What every list page of the scheme does: `common.lists`."""

from common.lists import numbers as numbers
from common.lists import page_of as page_of
from common.lists import page_shown as page_shown
from common.lists import sort_of as sort_of

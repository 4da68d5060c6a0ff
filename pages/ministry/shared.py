"""What the ministry's pages have in common."""

from accounts.models import MINISTRY
from common.access import roles_required

ministry_only = roles_required(*MINISTRY)

"""Pages of the ministry: decide, hand out, keep stock, watch the work."""

from vouchers.views.ministry.tasks import officer_tasks

__all__ = ["officer_tasks"]

"""Pages of the ministry: decide, hand out, keep stock, watch the work."""

from pages.ministry.start_page import officer_tasks

__all__ = ["officer_tasks"]

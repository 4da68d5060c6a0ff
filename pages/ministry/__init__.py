"""The ministry's pages: decide, hand out, manage the stock, watch over the work."""

from pages.ministry.start_page import officer_tasks

__all__ = ["officer_tasks"]

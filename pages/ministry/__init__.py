"""The ministry's pages: decide, hand out, manage the stock, watch over the work."""

from pages.ministry.start_page import analyst_tasks, officer_tasks

__all__ = ["analyst_tasks", "officer_tasks"]

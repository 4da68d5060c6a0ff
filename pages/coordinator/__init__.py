"""The coordinators' pages: requests, letters, families."""

from pages.coordinator.start_page import coordinator_tasks

__all__ = ["coordinator_tasks"]

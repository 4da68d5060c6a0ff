"""Pages of who asks: requests, letters, families."""

from vouchers.views.coordinator.tasks import coordinator_tasks

__all__ = ["coordinator_tasks"]

"""Pages of a provider: files, renewals, stock."""

from vouchers.views.provider.tasks import provider_tasks

__all__ = ["provider_tasks"]

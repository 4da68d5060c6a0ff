"""The provider's pages: files, renewals, stock."""

from pages.provider.start_page import provider_tasks

__all__ = ["provider_tasks"]

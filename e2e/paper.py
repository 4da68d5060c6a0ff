"""Files as people at a provider or a school make them, and days as they type them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import FilePayload


def csv_file(name: str, *rows: str) -> FilePayload:
    """A CSV as Excel saves it in Belgium."""
    content = "\r\n".join([*rows, ""]).encode("utf-8-sig")
    return {"name": name, "mimeType": "text/csv", "buffer": content}


def day(ahead: int = 0) -> str:
    """Today, or so many days later, as dd/mm/yyyy."""
    found = datetime.now(ZoneInfo("Europe/Brussels")) + timedelta(days=ahead)
    return f"{found:%d/%m/%Y}"

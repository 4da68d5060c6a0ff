"""What a file that is not plain text is, by its first bytes.

Tested in `common.tables.tests.test_reading`.
"""

PICTURE, PDF, SPREADSHEET, ARCHIVE, DOCUMENT = (
    "picture",
    "pdf",
    "spreadsheet",
    "archive",
    "document",
)
_SIGNATURES = (
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"%PDF", PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", SPREADSHEET),
    (b"PK\x03\x04", ARCHIVE),
    (b"PK\x05\x06", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"{\\rtf", DOCUMENT),
)
_SPREADSHEET_MARKS = (b"xl/", b"[Content_Types].xml", b"opendocument.spreadsheet")


def kind_of(content: bytes) -> str:
    """One of the kinds above, "" for what may be text."""
    kind = next((kind for mark, kind in _SIGNATURES if content.startswith(mark)), "")
    if kind == ARCHIVE and any(mark in content[:4096] for mark in _SPREADSHEET_MARKS):
        return SPREADSHEET
    return kind

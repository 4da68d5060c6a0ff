"""Any table a Belgian office makes → rows, whatever its format; nothing is stored here."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from common.refused import Refused
from common.tables import csv_reading, signatures
from common.tables.headings import USUAL_HEADINGS, Headings, Wanted
from common.tables.table import MAX_ROWS, Reader, Table, table_of
from common.uploads import check_size

# Tried in this order; the first that recognises a file reads it. Another format is another line.
READERS: list[Reader] = [csv_reading]


def read_table(
    content: bytes,
    *,
    needed: Headings,
    optional: Headings | None = None,
    usual: Sequence[str] = USUAL_HEADINGS,
    max_rows: int = MAX_ROWS,
) -> Table:
    """Read a file of any format we know.

    `needed` and `optional` map canonical column names to accepted headings, compared without case,
    accents, spaces, underscores and dashes; the canonical name itself is accepted too. Columns in
    neither are dropped unread; a refusal may name those that are `usual` in such a file. Raises
    Refused; after that, walking the rows raises nothing.
    """
    check_size(content)
    wanted = Wanted(needed, optional or {}, usual)
    return table_of(_reader_of(content).read(content, wanted), wanted, max_rows=max_rows)


def _reader_of(content: bytes) -> Reader:
    for reader in READERS:
        if reader.recognises(content):
            return reader
    raise Refused(_no_reader(signatures.kind_of(content)), code="format-not-read")


def _no_reader(kind: str) -> str:
    if kind == signatures.SPREADSHEET:
        return _(
            "Dit lijkt een Excel-bestand, geen CSV. Open het en bewaar het als CSV "
            "(Opslaan als, 'CSV UTF-8')."
        )
    names = {
        signatures.PICTURE: _("een afbeelding"),
        signatures.PDF: _("een PDF"),
        signatures.ARCHIVE: _("een zip-bestand"),
        signatures.DOCUMENT: _("een tekstdocument"),
    }
    sentence = _("Dit is geen CSV maar %(kind)s. Bewaar de lijst als CSV en kies dat bestand.")
    return sentence % {"kind": names[kind]}

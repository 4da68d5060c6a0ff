"""Small files in the official formats, with invented rows only."""

from collections.abc import Sequence

from schools.register_rows import LOCAL_HEADINGS, SCHOOL_HEADINGS

SCHOOL = {
    "schoolnummer": "18", "intern_vplnummer": "1", "net": "Vrij", "naam": "Vrije Basisschool Élan",
    "hoofdzetel": "True", "adres": "Molenstraat 24 bus 3, 9300 Aalst", "straat": "Molenstraat",
    "huisnummer": "24", "busnummer": "3", "postcode": "9300", "gemeente": "Aalst",
    "niscode": "41002", "provinciecode": "4", "provincie": "Oost-Vlaanderen", "lx": "0", "ly": "",
    "kbo-nummer": '"KBO  0400.000.001"', "telefoon": "TELEFOON", "fax": "FAX", "e-mail": "EMAIL",
    "beheerder(s)": "BEHEERDER", "begindatum": "01/01/0001", "einddatum": "31/12/4444",
    "ingerichte hoofdstructuren": "111-111-211-211",
}  # fmt: skip
LOCAL = {
    "nis": "41002", "gemeente": "Aalst", "provincie": "Oost-Vlaanderen", "hoofdpostcode": "9300",
    "nis_2025": "41002", "kbo_gemeente": "0207437468", "kbo_ocmw": "0212237186",
}  # fmt: skip


def school(**cells: str) -> dict[str, str]:
    """A row of the official list; a keyword with `_` stands for the heading with a space."""
    return SCHOOL | {name.replace("_", " "): text for name, text in cells.items()}


def municipality(**cells: str) -> dict[str, str]:
    return LOCAL | cells


def school_file(
    *rows: dict[str, str],
    end: str = "\r",
    delimiter: str = ";",
    encoding: str = "utf-8-sig",
    headings: Sequence[str] = SCHOOL_HEADINGS,
) -> bytes:
    """As the ministry publishes it: quoted, semicolons, byte-order mark, lines end in CR only."""
    return _file(
        [dict(zip(headings, headings, strict=True)), *rows], headings, end, delimiter, quote=True
    ).encode(encoding)


def local_file(*rows: dict[str, str], headings: Sequence[str] = LOCAL_HEADINGS) -> bytes:
    """Commas, no quotes."""
    names = dict(zip(headings, headings, strict=True))
    return _file([names, *rows], headings, "\n", ",", quote=False).encode()


def count_file(*rows: tuple[str, str]) -> bytes:
    lines = [("instellingsnummer", "aantal leerlingen"), *rows]
    return "".join(f"{number};{pupils}\r\n" for number, pupils in lines).encode()


def _file(
    rows: Sequence[dict[str, str]],
    headings: Sequence[str],
    end: str,
    delimiter: str,
    *,
    quote: bool,
) -> str:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quote else text

    return "".join(
        delimiter.join(cell(row.get(heading, "")) for heading in headings) + end for row in rows
    )

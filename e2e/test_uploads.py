"""Files that are refused, sent by a browser."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from e2e.paper import day
from e2e.walker import Visitor, signed_in
from local.tests.stack import Stack

UNTIL = "Volledig tot en met (peildatum)"


def uploads(tom: Visitor, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    tom.go_to("Bestanden")
    tom.follow("Activaties doorgeven")
    tom.fill({UNTIL: day()})
    tom.field("CSV-bestand").set_input_files(file)
    tom.press("Bestand laden")


def test_too_large_file_is_refused_beside_its_field(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    """Refused before it is read; the browser shows our page, not its own error about a broken
    connection."""
    with signed_in(browser, stack, "tom") as (tom,):
        uploads(tom, tmp_path / "alles.csv", b"code;datum\r\n" * 1_800_000)
        expect(tom.main.get_by_role("alert")).to_contain_text("Dit bestand is groter dan 20 MB")
        expect(tom.field(UNTIL)).to_have_value(day())
        expect(tom.field("CSV-bestand")).to_be_visible()  # it did not become optional


def test_picture_called_csv_is_refused_with_the_way_out(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    with signed_in(browser, stack, "tom") as (tom,):
        uploads(tom, tmp_path / "foto.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        tom.sees("Er is niets van dit bestand toegepast", "Dit is geen CSV maar een afbeelding.")
        tom.follow("Kies een ander bestand")
        expect(tom.field("CSV-bestand")).to_be_visible()

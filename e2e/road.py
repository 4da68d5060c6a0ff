"""The whole road, walked by three people in a browser on the running portal: an officer sets up a
wave, a school asks, the officer decides and hands out, letters are printed, the provider reports, a
code is renewed, the report counts it all. Works once per stack."""

import csv
import io
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import FilePayload, expect
from pypdf import PdfReader

from e2e.paper import csv_file, day
from e2e.walker import Visitor
from local.tests.stack import Stack

WAVE, SLUG, LETTERS = "Proefgolf", "proefgolf", "PG"
NUMBER = f"{LETTERS}-00001"
AGREEMENT, STOCK = "Proefafspraak", "proefvoorraad"
VALID, RENEWED = day(400), day(500)
HEADER = "code;wachtwoord"
REPORTED = "activaties-proef.csv"
TYPED, PASTED = ("R-101", "R-102"), ("R-103", "R-104", "R-105")
REFUSED = PASTED[-1]
GRANTED = [*TYPED, *PASTED[:-1]]
REASON = "Deze leerling heeft thuis al internet."
WORKER = "voucherportal worker"


def codes(letter: str, count: int) -> dict[str, str]:
    """A provider's codes, each with its row in the file."""
    return {f"{letter}PROEF{n:04}": f"{letter}PROEF{n:04};geheim{n:04}" for n in range(count)}


TELENET, PROXIMUS = codes("T", 12), codes("P", 2)
CODES = csv_file("telenet-proef.csv", HEADER, *TELENET.values())


def walk(olga: Visitor, karin: Visitor, tom: Visitor, stack: Stack) -> None:
    """From an empty wave to its report; each step checks what the person sees."""
    officer_sets_up_the_wave(olga)
    officer_loads_codes(olga, stack)
    school_asks(karin)
    officer_decides_and_hands_out(olga)
    codes_of = school_prints_letters(karin, stack)
    active = GRANTED[0]
    provider_reports_activations(tom, stack, codes_of[active])
    names_a_worker(olga, stack)
    renewal_moves_the_validity(karin, tom, codes_of[active], active)
    report_counts_it(olga, stack)


# 1. An officer sets up what a wave needs, and loads codes.


def officer_sets_up_the_wave(olga: Visitor) -> None:
    olga.go_to("Golven")
    olga.follow("Nieuwe golf")
    olga.fill({"Naam": WAVE, "Letters voor het aanvraagnummer": LETTERS})
    olga.fill({"Aanvragen vanaf": day(), "Aanvragen tot en met": day(30)})
    olga.fill({"Rapport vanaf": day(), "Rapport tot en met": day(60)})
    olga.press("Bewaren")
    expect(olga.row(WAVE)).to_be_visible()
    for provider in ("Telenet", "Proximus"):
        sets_up_stock(olga, provider)


def sets_up_stock(olga: Visitor, provider: str) -> None:
    """An agreement that covers the wave, and an empty pool under it."""
    olga.go_to("Voorraden")
    olga.follow("Nieuwe afspraak")
    olga.field("Provider").select_option(label=provider)
    olga.fill({"Naam": AGREEMENT, "Geldt vanaf": day(), "Geldt tot en met": VALID})
    olga.fill({"Beloofde codes": "100"})
    olga.press("Bewaren")
    olga.follow("Voorraad maken")
    olga.fill({"Naam": STOCK, "Codes geldig tot en met": VALID})
    olga.field("Verlengen").select_option(label="op eenvoudige vraag")
    olga.press("Bewaren")
    olga.sees(f"Voorraad {STOCK} is gemaakt. Laad nu de codes.")


def officer_loads_codes(olga: Visitor, stack: Stack) -> None:
    loads(olga, csv_file("proximus-proef.csv", HEADER, *PROXIMUS.values()))
    applies(olga)
    opens_stock(olga, "Telenet")
    with stopped(stack.processes(WORKER)):
        loads(olga, CODES)
        expect(olga.main.get_by_role("progressbar")).to_be_visible()
        olga.looks_right("bestand-wacht")
    olga.sees(f"{len(TELENET)} codes komen in voorraad {STOCK}.")  # without a reload
    applies(olga)
    loads_again(olga)
    loads_one_known_code(olga)


def opens_stock(olga: Visitor, provider: str) -> None:
    """The page of the pool that was made for this provider."""
    olga.go_to("Voorraden")
    heading = olga.main.get_by_role("heading", name=f"{provider}, {AGREEMENT}")
    under = heading.locator("xpath=following::table[1]")
    under.get_by_role("link", name=STOCK).click()


def loads(olga: Visitor, file: FilePayload) -> None:
    """Starts on the page of the pool."""
    olga.follow("Codes laden")
    olga.field("Bestand met codes").set_input_files(file)
    olga.press("Bestand laden")


def applies(visitor: Visitor) -> None:
    visitor.press("Toepassen")
    visitor.sees("Dit bestand is toegepast.")


def loads_again(olga: Visitor) -> None:
    """The same file changes nothing, and a message says so."""
    opens_stock(olga, "Telenet")
    loads(olga, CODES)
    olga.sees("Dit bestand kennen we al", "Er verandert niets.")
    expect(olga.main.get_by_role("button", name="Toepassen")).to_have_count(0)


def loads_one_known_code(olga: Visitor) -> None:
    """A code that exists is reported with its row, and is not loaded twice."""
    known, more = list(TELENET.values())[3], codes("X", 2).values()
    opens_stock(olga, "Telenet")
    loads(olga, csv_file("telenet-vervolg.csv", HEADER, *more, known))
    olga.sees(f"2 codes komen in voorraad {STOCK}.", "1 rij verandert niets: we wisten het al.")
    row = olga.row("4")
    expect(row).to_contain_text("Deze code is al eens geladen")
    expect(row).to_contain_text(f"met bestand {CODES['name']}, regel 5.")
    olga.looks_right("bestand-nagekeken")
    applies(olga)
    opens_stock(olga, "Telenet")
    expect(olga.main).to_contain_text(re.compile(rf"{len(TELENET) + 2}\s+beschikbaar"))


@contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """Suspend these processes for a moment."""
    assert processes
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


# 2. A coordinator asks.


def school_asks(karin: Visitor) -> None:
    karin.go_to("Aanvragen")
    karin.follow("Nieuwe aanvraag")
    karin.field("Golf").select_option(label=WAVE)
    karin.field("Alleen Telenet. We wachten tot die codes er zijn.").check()
    karin.fill({"Leerling 1": TYPED[0], "Leerling 2": "Jan Peeters"})
    pastes(karin, PASTED)
    corrects_a_name(karin)
    karin.press("Bewaar en ga later verder")
    karin.sees(f"Aanvraag {NUMBER} is bewaard. Ze is nog niet verstuurd.")
    karin.follow("Verder invullen")
    karin.press("Verder: nakijken")
    karin.sees("Kijk je aanvraag na", "5 leerlingen", *TYPED, *PASTED)
    karin.looks_right("aanvraag-nakijken")
    karin.press("Aanvraag versturen")
    karin.sees(f"Je aanvraag {NUMBER} is verstuurd.", "Wat gebeurt er nu?")


def pastes(karin: Visitor, column: tuple[str, ...]) -> None:
    """A column from Excel becomes lines that are shown first; what was typed stays."""
    karin.main.get_by_text("Plak uit Excel").click()
    karin.field("Kolom met referenties (optioneel)").fill("\r\n".join(column))
    karin.press("Zet in de lijst")
    for number, reference in enumerate([TYPED[0], "Jan Peeters", *column], 1):
        expect(karin.field(f"Leerling {number}")).to_have_value(reference)


def corrects_a_name(karin: Visitor) -> None:
    """A name is refused beside its field and nothing typed is lost."""
    karin.press("Verder: nakijken")
    second = karin.field("Leerling 2")
    expect(second).to_have_attribute("aria-invalid", "true")
    expect(second).to_have_accessible_description(re.compile("naam"))
    expect(second).to_have_value("Jan Peeters")
    expect(karin.field("Leerling 5")).to_have_value(REFUSED)
    expect(karin.field("Golf")).to_have_value(re.compile(".+"))
    karin.looks_right("aanvraag-met-fout")
    second.fill(TYPED[1])


# 3. The officer decides and hands out.


def officer_decides_and_hands_out(olga: Visitor) -> None:
    olga.go_to("Aanvragen")
    expect(olga.row(NUMBER)).to_contain_text("Te beslissen")
    olga.follow(NUMBER)
    sees_the_school_but_no_reference(olga)
    olga.follow("Niet alles goedkeuren")
    olga.field("Leerling 5 weigeren").check()
    olga.fill({"Reden voor leerling 5": REASON})
    olga.press("Beslissing nakijken")
    olga.sees("Je keurt 4 leerlingen goed.", REASON)
    olga.looks_right("beslissing-nakijken")
    olga.press("Beslissen")
    olga.sees("Beslist: 4 goedgekeurd, 1 geweigerd.")
    olga.follow("Codes uitreiken")
    expect(olga.row(f"Telenet, {STOCK}")).to_contain_text("10")  # what is left in stock
    olga.looks_right("uitreiken")
    olga.press("Uitreiken")
    olga.sees("4 codes uitgereikt.")


def sees_the_school_but_no_reference(olga: Visitor) -> None:
    """Number of pupils and earlier requests beside it; references are for the school alone."""
    expect(olga.row("Basisschool De Regenboog")).to_contain_text("312")
    expect(olga.row("G3-00001")).to_be_visible()
    shown = olga.page.content()
    assert [each for each in (*TYPED, *PASTED) if each in shown] == []


# 4. The coordinator prints letters and gives them along.


def school_prints_letters(karin: Visitor, stack: Stack) -> dict[str, str]:
    """Reference → code, the same in the letters and in the database."""
    karin.go_to("Aanvragen")
    expect(karin.row(NUMBER)).to_contain_text("Codes klaar")
    karin.follow(NUMBER)
    expect(karin.row(REFUSED)).to_contain_text(REASON.rstrip("."))
    karin.follow("Brieven afdrukken")
    karin.press("Brieven afdrukken")
    karin.sees("4 brieven afdrukken?", "Je krijgt één PDF", *GRANTED)
    karin.looks_right("brieven-nakijken")
    with karin.page.expect_download() as download:
        karin.press("Maak de brieven (PDF)")
    expected = handed_out(stack)
    assert letters_in(download.value.path().read_bytes()) == expected
    gives_letters_along(karin)
    return expected


def letters_in(pdf: bytes) -> dict[str, str]:
    """What is printed on each page: one reference, one code of ours."""
    known = re.compile(r"\b([TPX]P[A-Z0-9]+F\d{4})\b")
    found = {}
    for page in PdfReader(io.BytesIO(pdf)).pages:
        text = page.extract_text()
        (reference,) = set(re.findall(r"\bR-\d+\b", text))
        (found[reference],) = set(known.findall(text))
    return found


def handed_out(stack: Stack) -> dict[str, str]:
    """Reference → code, according to the line of our file that the code came from."""
    question = (
        "import json; from vouchers.models import HandOut;"
        f"rows = HandOut.objects.live().filter(line__request__period__slug='{SLUG}');"
        "print(json.dumps(list(rows.values_list('line__reference', 'voucher__line',"
        " 'voucher__file__name'))))"
    )
    rows = json.loads(stack.manage("shell", "--no-imports", "-c", question))
    assert {name for _reference, _line, name in rows} == {CODES["name"]}
    return {reference: list(TELENET)[line - 2] for reference, line, _name in rows}


def gives_letters_along(karin: Visitor) -> None:
    karin.follow("Verder: welke brieven gaf je mee?")
    karin.fill({"Aanvraag": NUMBER})
    karin.press("Filteren")
    expect(karin.row(GRANTED[0])).to_contain_text("Afgedrukt, nog niet meegegeven")
    karin.main.get_by_label("Alles op deze pagina").check()
    karin.press("Markeer als meegegeven")
    karin.sees("4 brieven als meegegeven markeren?")
    karin.press("Markeer als meegegeven")
    karin.sees("4 brieven staan als meegegeven.")
    karin.looks_right("brieven-meegegeven")
    karin.go_to("Gezinnen")
    for reference in GRANTED:
        expect(karin.row(reference)).to_contain_text("Meegegeven, nog niet gebruikt")


# 5. The provider reports activations.


def provider_reports_activations(tom: Visitor, stack: Stack, code: str) -> None:
    rows = [f"{each};{day()}" for each in (code, "BESTAAT-NIET-1", next(iter(PROXIMUS)))]
    file = csv_file(REPORTED, "code;geactiveerd op", *rows)
    with stopped(stack.processes(WORKER)):
        uploads_activations(tom, file)
        expect(tom.main.get_by_role("progressbar")).to_be_visible()
    tom.sees("1 nieuwe activatie telt mee.", "We noteren dat je alles meldde tot en met")
    good, unknown, of_another = tom.table()
    assert (good["Regel"], good["Uitkomst"]) == ("2", "Nieuw")
    assert (unknown.pop("Regel"), of_another.pop("Regel")) == ("3", "4")
    assert unknown == of_another
    assert unknown["Uitkomst"] == "Code niet gevonden"
    tom.looks_right("activaties-nagekeken")
    applies(tom)
    uploads_activations(tom, file)
    tom.sees("Dit bestand kennen we al", "Er verandert niets.")


def uploads_activations(tom: Visitor, file: FilePayload) -> None:
    tom.go_to("Bestanden")
    tom.follow("Activaties doorgeven")
    tom.fill({"Volledig tot en met (peildatum)": day()})
    tom.field("CSV-bestand").set_input_files(file)
    tom.press("Bestand laden")


def names_a_worker(olga: Visitor, stack: Stack) -> None:
    """The jobs of that file were done by a Celery worker of this stack, not by the server."""
    olga.go_to("Taken")
    rows = [row for row in olga.table() if row["Waarover"] == REPORTED]
    assert len(rows) == 2  # check and apply; no job for the same file again
    workers = {one.pid for one in stack.processes(WORKER)}
    server = {one.pid for one in stack.processes("gunicorn")}
    for row in rows:
        host, _colon, pid = row["Uitgevoerd door"].rpartition(":")
        assert host == socket.gethostname()
        assert int(pid) in workers - server - {os.getpid()}


# 6. Renewal.


def renewal_moves_the_validity(karin: Visitor, tom: Visitor, code: str, reference: str) -> None:
    karin.go_to("Verlengen")
    expect(karin.row(reference)).to_contain_text(VALID)
    karin.main.get_by_role("button", name=re.compile(r"^Verleng alle \d+ codes$")).click()
    expect(karin.row(reference)).to_contain_text("Verlenging gevraagd op")
    tom.go_to("Verlengingen")
    with tom.page.expect_download() as download:
        tom.press("Lijst met codes ophalen (CSV)")
    text = download.value.path().read_text("utf-8-sig")
    listed = {row["code"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    number = listed[code]["nummer"]
    confirms(tom, number)
    karin.go_to("Verlengen")
    expect(karin.row(reference)).to_contain_text(RENEWED)
    expect(karin.row(reference)).to_contain_text("Verlengd op")
    karin.looks_right("verlengd")


def confirms(tom: Visitor, number: str) -> None:
    tom.go_to("Verlengingen")
    tom.field(f"Verlenging {number} kiezen").check()
    tom.press("Verlengd: bevestigen")
    tom.fill({"Verlengd op": day(), "Geldig tot en met": RENEWED})
    tom.looks_right("verlenging-bevestigen")
    tom.press("Bevestigen")
    tom.sees("1 verlenging is bevestigd.")


# 7. The report counts it.


TABS = {
    "Per school": ("school", "900001"),
    "Per type onderwijs": ("education_type", "PRIMARY"),
    "Per provincie": ("province", "BE-VOV"),
}
DONE = {"requested": 5, "granted": 4, "handed_out": 4, "activated": 1, "activation_rate": 0.25}
READ = {
    "aangevraagd": "5", "toegekend": "4", "uitgereikt": "4", "geactiveerd": "1",
    "activatiegraad": "25,0 %",
}  # fmt: skip


def report_counts_it(olga: Visitor, stack: Stack) -> None:
    """What was done, per school, type and province: the same on the page and by the command."""
    olga.go_to("Rapporten")
    for tab, (by, key) in TABS.items():
        said = stack.manage("report", "--by", by, "--period", SLUG, "--format", "json")
        (row,) = json.loads(said)
        label = row.pop("label")
        assert {name: row[name] for name in ("key", *DONE)} == {"key": key, **DONE}
        olga.main.get_by_role("link", name=tab, exact=True).first.click()
        olga.field("Golf").select_option(label=WAVE)
        olga.press("Tonen")
        olga.sees(f"Cohort van {WAVE}")
        shown, total = olga.table()
        where, *numbers = shown.values()
        assert where == label
        assert {heading: shown[heading] for heading in READ} == READ
        assert numbers == list(total.values())[1:]

"""A thousand letters as one PDF.

Ours is `vouchers.letters.letters_pdf`: the texts, the template, and making typst forget the codes.
The floor is typst on the same template and data, and one QR code by segno. The peer is WeasyPrint
with a page of HTML per family, for a fiftieth of the letters.
"""

import io
import json
from datetime import date

import segno
import typst

from benchmarks import data
from benchmarks.comparing import Clock, Comparison, part_of_peer
from vouchers.letters import Letter, letters_pdf, pdf
from vouchers.letters.content import content_of

PAGE = """
<section style="page-break-after: always"><h1>Je code voor gratis internet</h1>
<table>{fields}</table>{paragraphs}
<img alt="QR-code" src="data:image/svg+xml;utf8,{qr}" style="width: 3cm"></section>
"""


def comparisons(size: data.Size) -> list[Comparison]:
    """One: as many letters as may be printed at once."""
    pages = [_letter(n) for n in range(max(int(1_000 * size.scale), 20))]
    part = pages[: part_of_peer(len(pages))]
    return [
        Comparison(
            work=f"{len(pages):,} letters",
            ours=lambda clock: ours(clock, pages),
            floor=lambda clock: floor(clock, pages),
            at_most=1.3,
            peer=lambda clock: peer(clock, part),
            peer_needs="weasyprint",
            peer_part=len(part) / len(pages),
            faster=10,
        )
    ]


def ours(clock: Clock, pages: list[Letter]) -> None:
    """As the page prints them."""
    pdf.qr.cache_clear()
    with clock:
        assert letters_pdf(pages).startswith(b"%PDF")


def floor(clock: Clock, pages: list[Letter]) -> None:
    """Typesetting only."""
    ready, url = content_of(pages), pages[0].start_url
    with clock:
        typst.compile(
            pdf.TEMPLATE.read_bytes(),
            sys_inputs={"data": json.dumps(ready | {"codes": {url: _qr(url)}})},
            font_paths=typst.Fonts(include_system_fonts=False),
            pdf_standards="ua-1",
        )
    pdf.forget()


def peer(clock: Clock, pages: list[Letter]) -> None:
    """The same texts in HTML, then WeasyPrint."""
    from weasyprint import HTML

    content = content_of(pages)
    words, each_own = content["words"], content["letters"]
    with clock:
        qr = _qr(pages[0].start_url).replace("#", "%23").replace('"', "'")
        parts = [
            PAGE.format(
                fields="".join(f"<tr><td>{name}<td>{value}" for name, value in each.fields),
                paragraphs="".join(f"<p>{text}</p>" for text in [*words.values(), *own.values()]),
                qr=qr,
            )
            for each, own in zip(pages, each_own, strict=True)
        ]
        html = f'<html lang="nl"><title>Brieven</title>{"".join(parts)}</html>'
        HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")


def _qr(url: str) -> str:
    picture = io.BytesIO()
    segno.make_qr(url, error="m", mask=4).save(picture, kind="svg", border=0, xmldecl=False)
    return picture.getvalue().decode()


def _letter(number: int) -> Letter:
    return Letter(
        organisation_name=f"School {number % 900}",
        reference=f"LL-{number}",
        provider_name="Telenet",
        start_url="https://start.telenet.example/",
        fields=[("code", data.code(number)), ("wachtwoord", f"pw-{number}")],
        valid_until=date(2026, 6, 30),
        instructions="Kies het netwerk.\nTyp je code in.",
        support_contact="hulp@voorbeeld.example",
        request_number="G3-00421",
    )

"""`make screenshots`: every page of every role and every step of the road, at both widths, and one
contact sheet of them all. Written to `.local/screenshots`, or to the folder given as argument."""

import sys
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from e2e import road
from e2e.crawl import WALKS, every_page, name_of
from e2e.walker import Album, Visitor, a_browser, a_visitor, signed_in
from local.tests.stack import Stack, a_stack
from voucherportal.environment import local_dir

STYLE = (
    "body{display:flex;flex-wrap:wrap;gap:12px;font:12px sans-serif;margin:12px}"
    "figure{width:300px;margin:0;border:1px solid #cbd2da}figcaption{padding:4px}"
    "img{width:300px;height:380px;object-fit:cover;object-position:top}"
)


def take_all(browser: Browser, stack: Stack, album: Album) -> None:
    """First the pages with the sample data, then the road, which adds to them."""
    for who in WALKS:
        if who == "nobody":
            with a_visitor(browser, stack, album=album) as visitor:
                take_pages(visitor)
        else:
            with signed_in(browser, stack, who, album=album) as (visitor,):
                take_pages(visitor)
    with signed_in(browser, stack, "olga", "karin", "tom", album=album) as (olga, karin, tom):
        road.walk(olga, karin, tom, stack)


def take_pages(visitor: Visitor) -> None:
    """Each page that this person can reach."""
    for path in every_page(visitor):
        visitor.looks_right(name_of(path))


def contact_sheet(browser: Browser, album: Album) -> Path:
    """All pictures in small on one page, as HTML and as a picture."""
    cells = "".join(
        f'<figure><a href="{escape(each.name)}"><img src="{escape(each.name)}" alt=""></a>'
        f"<figcaption>{escape(each.stem)}</figcaption></figure>"
        for each in album.taken
    )
    sheet = album.folder / "contact.html"
    sheet.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{cells}")
    page = browser.new_page(viewport={"width": 1600, "height": 900})
    page.goto(sheet.as_uri())
    page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
    page.close()
    return sheet


def main() -> None:
    """Start a separate portal, walk through it, write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else local_dir() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    album = Album(folder)
    with a_stack() as stack, sync_playwright() as playwright, a_browser(playwright) as browser:
        stack.start()
        take_all(browser, stack, album)
        sheet = contact_sheet(browser, album)
    print(f"{len(album.taken)} pictures in {folder}; all on one sheet: {sheet}")


if __name__ == "__main__":
    main()

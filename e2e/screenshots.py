"""`make screenshots`: every page of every role at both widths, and one contact sheet of them all.

Written to `.local/screenshots`, or to the folder that is given.
"""

import sys
from html import escape
from pathlib import Path

from playwright.sync_api import Browser

from e2e.walker import (
    NARROW,
    WIDE,
    a_browser,
    a_visitor,
    accounts,
    every_page,
    save,
)
from voucherportal.localenv import local_dir
from voucherportal.tests.stack import Stack, a_stack

PEOPLE = ("nobody", "karin", "bilal", "ann", "olga", "ada", "tom")


def take_all(browser: Browser, stack: Stack, folder: Path) -> list[Path]:
    """A picture of each page; the files, in the order in which they were met."""
    taken: list[Path] = []
    for who in PEOPLE:
        for width in (WIDE, NARROW):
            with a_visitor(browser, stack, width=width) as visitor:
                if who != "nobody":
                    visitor.sign_in(*accounts(stack)[who])
                for path in every_page(visitor, "/" if who == "nobody" else "/start/"):
                    taken.append(save(visitor, folder, path, who))
    return taken


def contact_sheet(browser: Browser, stack: Stack, folder: Path, taken: list[Path]) -> Path:
    """All pictures small on one page, as HTML and as a picture."""
    cells = "".join(
        f'<figure><img src="{escape(each.name)}"><figcaption>{escape(each.stem)}</figcaption></figure>'
        for each in taken
    )
    style = (
        "body{display:flex;flex-wrap:wrap;gap:12px;font:12px sans-serif;margin:12px}"
        "figure{width:300px;margin:0;border:1px solid #cbd2da}"
        "img{width:300px;height:380px;object-fit:cover;object-position:top}"
    )
    sheet = folder / "contact.html"
    sheet.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{cells}")
    with a_visitor(browser, stack, width=1600) as visitor:
        visitor.page.goto(sheet.as_uri())
        visitor.page.screenshot(path=folder / "contact.png", full_page=True)
    return folder / "contact.png"


def main() -> None:
    """Start a portal of its own, walk through it, write the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else local_dir() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    with a_stack() as stack, a_browser() as browser:
        stack.start()
        taken = take_all(browser, stack, folder)
        sheet = contact_sheet(browser, stack, folder, taken)
    print(f"{len(taken)} pictures in {folder}; all on one sheet: {sheet}")


if __name__ == "__main__":
    main()

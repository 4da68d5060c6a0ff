"""Which browser on which system, coarsely, from what it says of itself: "Firefox, Windows".

Names that are the same in every language, without versions: enough to recognise one's own, and too
little to follow somebody with.
"""

# The first that is named decides: most browsers also name the ones they descend from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def family(agent: str) -> str:
    """Browser and system of a User-Agent header; "" when neither is known."""
    found = (_first(BROWSERS, agent), _first(SYSTEMS, agent))
    return ", ".join(name for name in found if name)


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in known if sign in agent), "")

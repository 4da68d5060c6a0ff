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


def browser(agent: str) -> str:
    """The browser of a User-Agent header; "" when it is none of these."""
    return _first(BROWSERS, agent)


def system(agent: str) -> str:
    """The system of a User-Agent header; "" when it is none of these."""
    return _first(SYSTEMS, agent)


def family(agent: str) -> str:
    """Both, separated by a comma; "" when neither is known."""
    return ", ".join(name for name in (browser(agent), system(agent)) if name)


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for sign, name in known if sign in agent), "")

#!/usr/bin/env python
"""Django's commands, with the embedded servers up when the settings use them."""

import atexit
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucherportal.settings")

# Commands that never ask the database anything, so nothing is started for them.
WITHOUT_SERVERS = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "translations",
    "version",
}


def needs_servers(arguments: list[str]) -> bool:
    """True when the command in `arguments` (without the program's name) talks to the database."""
    if not arguments or arguments[0].startswith("-") or {"-h", "--help"} & set(arguments):
        return False
    return arguments[0] not in WITHOUT_SERVERS or "--database" in arguments


def main() -> None:
    """Run one command; exit status 2 with one sentence when the settings are not complete."""
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from local import embedded
    from voucherportal.start import UNCHECKED, check_for_command

    try:
        root, arguments = settings.EMBEDDED_ROOT, sys.argv[1:]
        if root and needs_servers(arguments):
            atexit.register(embedded.own(root).release)
        if needs_servers(arguments) and arguments[0] not in UNCHECKED:
            django.setup()
            check_for_command()
    except (ImproperlyConfigured, embedded.EmbeddedError) as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

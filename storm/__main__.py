"""`make storm`: hand-outs and reveals by many processes at once while worker and servers die, then
a sweep of what is left, then the same without lock and constraints to prove that the sweep finds
it.

It uses servers of its own, in a folder that is deleted afterwards. The last line has figures and
verdict; exit status 0 when nothing is wrong, 1 when the sweep or a control fails, 2 when it could
not run. `--small` is what `make test` runs.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="storm", description=__doc__)
    parser.add_argument("--small", action="store_true", help="2,000 codes and 8 processes")
    small = parser.parse_args(arguments).small
    with a_portal_of_its_own() as folder:
        from storm import controls, storm
        from storm.stage import Size

        controls.prepare()
        size = Size(codes=2000, processes=8, schools=25) if small else Size()
        whole = storm.run(size, folder, small=small)
        verdicts = [controls.without_lock(folder), controls.without_anything(folder)]
    print()
    for verdict in [whole, *verdicts]:
        print(verdict)
    good = all(each.good for each in [whole, *verdicts])
    print(f"{whole.figures}; verdict: {'nothing is wrong' if good else 'WRONG, see above'}")
    return 0 if good else 1


@contextmanager
def a_portal_of_its_own() -> Iterator[Path]:
    """A folder with keys and embedded servers, which Django uses from now on."""
    folder = Path(tempfile.mkdtemp(prefix="vp-storm-", dir="/tmp"))
    folder.chmod(0o711)
    os.environ["LOCAL_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "voucherportal.settings"
    from local import embedded, localenv

    localenv.write(folder / "env")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from local.demo_mark import mark_as_demo

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody signs in
    ownership = embedded.own(settings.EMBEDDED_ROOT)
    try:
        call_command("migrate", verbosity=0)
        mark_as_demo()  # its worker serves with DEMO on, and then nothing else
        yield folder
    finally:
        ownership.release()
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

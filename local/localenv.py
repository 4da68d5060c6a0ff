"""Writes `.local/env`: random keys, made once."""

import base64
import hashlib
import os
import secrets
import sys
from pathlib import Path

from local import embedded
from voucherportal.environment import FIRST_KEY, KEY_BYTES, local_dir, read_file


def write(path: Path) -> bool:
    """Write an env file with random keys for a demo on this machine, readable by its owner only.

    Returns False when there is one already; then only keys that an older version did not have are
    added.
    """
    if path.exists():
        _add_new_keys(path)
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"env.{os.getpid()}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(contents(path.parent), encoding="utf-8")
    try:
        path.hardlink_to(draft)  # unlike a rename, never replaces what somebody else just wrote
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def _add_new_keys(path: Path) -> None:
    """Add the key for seals to a file from before there were any; other lines stay as they are."""
    if "SEAL_KEYS" not in read_file(path):
        with path.open("a", encoding="utf-8") as file:
            file.write(f"SEAL_KEYS=local1:{_random_key()}\n")


def contents(local: Path) -> str:
    """The text of a new env file: keys are random, the mail port is this clone's own."""
    mail_port = 20000 + int(hashlib.sha256(str(local).encode()).hexdigest(), 16) % 10000
    root = embedded.choose_root(local / "servers")
    lines = {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "VOUCHER_KEYS": f"local1:{_random_key()}",
        "FINGERPRINT_KEYS": f"{FIRST_KEY}:{_random_key()}",
        "SEAL_KEYS": f"local1:{_random_key()}",
        "DEMO": "true",
        "EMBEDDED_ROOT": "servers" if root == local / "servers" else str(root),
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "DEFAULT_FROM_EMAIL": "internetvouchers@voorbeeld.example",
        "SUPPORT_EMAIL": "hulp@voorbeeld.example",
    }
    head = "# Written by make for this clone only; the environment wins. Not for production.\n"
    return head + "".join(f"{name}={value}\n" for name, value in lines.items())


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


if __name__ == "__main__":
    target = local_dir() / "env"
    if write(target):
        print(f"Wrote {target}", file=sys.stderr)

"""Does a key whose id is new in the database fit what already stands under that id? For a database
of before keys were noted, restored or brought up to date (`history.keys`).

Tested in `local.tests.test_starts`.
"""

from django.conf import settings

from vouchers import codes
from vouchers.actions.files.file_rows import rule_of
from vouchers.codes import CodeUnreadable
from vouchers.models import Voucher

ENCRYPTED_BY = {"VOUCHER_KEYS": "key_id", "FINGERPRINT_KEYS": "fingerprint_key_id"}


def opens(ring: str, key_id: str) -> bool:
    """Whether one code under this key opens, or is found; True when there is none to try."""
    column = ENCRYPTED_BY.get(ring)
    if column is None:
        return True
    stored = Voucher.objects.filter(**{column: key_id}).exclude(secret=b"")
    code = stored.select_related("provider").first()
    if code is None or code.key_id not in settings.VOUCHER_KEYS:
        return True
    try:
        fields = codes.decrypt_voucher(code)
    except CodeUnreadable:
        return ring != "VOUCHER_KEYS"  # the other ring is not to blame
    if ring == "VOUCHER_KEYS":
        return True
    found = codes.fingerprints(next(iter(fields.values())), rule_of(code.provider))
    return bytes(code.fingerprint) in found

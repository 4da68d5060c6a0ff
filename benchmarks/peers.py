"""What django-import-export needs to do the same work: a preview and an import, row by row."""

from typing import Any

import tablib
from django.db import transaction
from django.utils import timezone
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import Widget

from accounts.models import User
from benchmarks.comparing import Clock
from history.recording import recorded
from vouchers import codes
from vouchers.actions.files.file_rows import rule_of
from vouchers.models import Activation, HandOut, ProviderFile, Voucher


class Filled(ModelResource):
    """Columns that are not in the file but are filled in row by row."""

    def before_import(self, dataset: Any, **options: Any) -> None:
        """The package requires its identifying columns to be in the file."""
        for name in self.get_import_id_fields():
            dataset.append_col([""] * len(dataset), header=name)


class Codes(Filled):
    """One code per row, encrypted as ours are."""

    fingerprint = Field("fingerprint", "fingerprint", widget=Widget())
    secret = Field("secret", "secret", widget=Widget())

    class Meta:
        model = Voucher
        skip_diff = True  # showing a difference between bytes fails
        import_id_fields = ("provider", "fingerprint")
        fields = (
            "pool",
            "provider",
            "file",
            "fingerprint",
            "fingerprint_key_id",
            "key_id",
            "secret",
            "slot",
            "line",
            "loaded_at",
        )

    def __init__(self, file: ProviderFile) -> None:
        super().__init__()
        self.same = {
            "pool": file.pool_id,
            "provider": file.provider_id,
            "file": file.pk,
            "loaded_at": f"{timezone.now():%Y-%m-%d %H:%M:%S}",
            "fingerprint_key_id": codes.current_keys().fingerprint,
        }
        self.rule = rule_of(file.provider)

    def get_queryset(self) -> Any:
        """Those of files that stand, since the index of fingerprints holds no others."""
        return Voucher.objects.loaded()

    def before_import_row(self, row: dict[str, Any], **options: Any) -> None:
        """Replace the code by its fingerprint and ciphertext."""
        fields = dict(row)
        fingerprint = codes.fingerprint(row["code"], self.rule)
        encrypted = codes.encrypt_code(
            fields, provider_id=self.rule.provider_id, fingerprint=fingerprint
        )
        place = 20_000_000 + options["row_number"]
        row |= self.same | {
            "fingerprint": fingerprint,
            "key_id": encrypted.key_id,
            "secret": encrypted.secret,
            "slot": place,
            "line": place,
        }


class Activations(Filled):
    """One activation per row, of the live hand-out of its code."""

    class Meta:
        model = Activation
        import_id_fields = ("hand_out",)
        fields = ("hand_out", "on", "recorded_at", "file")

    def __init__(self, file: ProviderFile) -> None:
        super().__init__()
        self.same = {"file": file.pk, "recorded_at": f"{timezone.now():%Y-%m-%d %H:%M:%S}"}
        self.rule = rule_of(file.provider)

    def before_import_row(self, row: dict[str, Any], **options: Any) -> None:
        """Replace the code by its hand-out, and write the day as the resource reads it."""
        code = Voucher.objects.loaded().get(
            provider=self.rule.provider_id,
            fingerprint=codes.fingerprint(row["code"], self.rule),
        )
        found = HandOut.objects.live().get(voucher=code)
        day, month, year = row["datum"].split("/")
        row |= self.same | {"hand_out": found.pk, "on": f"{year}-{month}-{day}"}


def imported(
    clock: Clock, resource: ModelResource, content: bytes, *, by: User, preview: bool
) -> None:
    """Import after a preview, as the package's own pages do; rolled back afterwards."""
    with recorded(by=by, why="bench"):
        with clock:
            for dry_run in (True, False) if preview else (False,):
                rows = tablib.Dataset().load(content.decode(), format="csv", delimiter=";")
                result = resource.import_data(rows, dry_run=dry_run, raise_errors=True)
        assert result.totals["new"] == len(rows), dict(result.totals)
        transaction.set_rollback(True)

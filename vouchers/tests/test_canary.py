"""A canary code walks the road; found only where rule 4 lets a code be (failure 23)."""

import base64
import io
import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from common.redaction import LineFormatter
from common.tests.asking import answer
from common.tests.mailbox import Mailbox
from conftest import Cast, SignIn
from voucherportal import environment
from vouchers.actions.hand_out import handing_out
from vouchers.actions.life import renewals
from vouchers.models import HandOut, Mail, ProviderFile, Renewal, Reveal
from vouchers.states import FileState, RowOutcome
from vouchers.tests import canary
from vouchers.tests.factories import at, granted_request
from vouchers.tests.worker import Worker, running_worker, wait_until

CODE, PASSWORD = "KANARIE-7h3Q-9ZpX", "Zing~Kanarie+42&ç/x"
NOW = at(date(2020, 4, 15))
logger = logging.getLogger("vouchers.canary")


@pytest.mark.parametrize(
    "written",
    [
        CODE.encode(),
        CODE.lower().encode(),
        b"kanarie7h3q9zpx",
        quote(PASSWORD).encode(),
        CODE.encode("utf-16"),
        CODE.encode().hex().encode(),
        *(base64.b64encode(b"x" * n + CODE.encode() + b"yy") for n in range(3)),
        PASSWORD.encode("latin-1"),
        repr({"password": PASSWORD}).encode(),
        b"Zing~Kanarie+42&amp;\xc3\xa7/x",
        b"Zing~Kanarie+42&\\u00e7/x",
    ],
)
def test_control_the_searcher_finds_it_however_it_is_written(written: bytes) -> None:
    places = {"here": b"before " + written + b" after", "there": b"kanarie"}
    assert canary.hidden_in(places, CODE, PASSWORD) == {"here"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """What this process writes, as it writes it on stdout."""
    handler = logging.FileHandler(tmp_path / "web.log")
    handler.setFormatter(LineFormatter("{asctime} {levelname} {name} {message}", style="{"))
    logging.getLogger().addHandler(handler)
    yield tmp_path / "web.log"
    logging.getLogger().removeHandler(handler)
    handler.close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, of this process and of the worker."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.django_db(transaction=True)
def test_a_canary_is_found_only_with_whom_it_is_for(
    cast: Cast, as_user: SignIn, mailbox: Mailbox, log: Path, temporary: Path
) -> None:
    email = f"smtp://127.0.0.1:{settings.EMAIL_PORT}"
    with canary.listening_to_redis() as heard, running_worker(EMAIL_URL=email) as worker:
        shown = Road(cast, as_user).walk()
        wait_until(lambda: not Mail.objects.exclude(state="SENT").exists())

        def search() -> set[str]:
            return canary.hidden_in(
                everywhere(heard, worker, mailbox, log, temporary), CODE, PASSWORD
            )

        assert canary.hidden_in(shown, CODE, PASSWORD) == {"letter", "renewal list"}
        assert "CodeUnreadable" in log.read_text()  # the page that broke was written down
        assert search() == set()
        assert plant(temporary) == search()


def everywhere(
    heard: list[str], worker: Worker, mailbox: Mailbox, log: Path, temporary: Path
) -> dict[str, bytes]:
    """Every place where something may have been left."""
    servers = Path(settings.EMBEDDED_ROOT or "nowhere") / "servers.log"
    return {
        "web log": log.read_bytes(),
        "worker log": worker.output().encode(),
        "log of the servers": servers.read_bytes() if servers.exists() else b"",
        "redis commands": canary.joined(heard),
        "mails": canary.joined(mail.subject + mail.text for mail in mailbox.mails),
        **canary.of_redis(),
        **canary.of_folders(temporary, mailbox.folder),
        **canary.of_folders(
            *(
                path
                for path in environment.local_dir().iterdir()
                if path.is_dir() and path.name != "servers"
            )
        ),
        **canary.of_the_database(),
    }


def plant(temporary: Path) -> set[str]:
    """Control: leave it in some places on purpose; returns which."""
    logger.warning("loading %s", CODE)
    left = temporary / "upload"
    left.write_text(PASSWORD, encoding="utf-16")
    redis.from_url(settings.REDIS_URL).set(
        "canary", base64.b64encode(CODE.encode() + b"..."), ex=60
    )
    mail = Mail.objects.latest("pk")
    Mail.objects.filter(pk=mail.pk).update(error=CODE.replace("-", "").lower())
    (key,) = [name for name in canary.of_redis() if name.endswith(" b'canary'")]
    return {"web log", "redis commands", f"file {left}", key, "table vouchers_mail"}


class Road:
    """From the delivery of a code to its renewal, on the pages, by the people who do it."""

    def __init__(self, cast: Cast, as_user: SignIn) -> None:
        self.cast = cast
        self.officer = as_user(cast.officer)
        self.coordinator = as_user(cast.coordinator)
        self.provider = as_user(cast.provider_user)

    def walk(self) -> dict[str, bytes]:
        """Everything that was shown or taken on the way, by name."""
        shown = {**self.load(), **self.print_letter(), **self.report_activation()}
        return shown | self.renew() | self.exports() | self.errors()

    def load(self) -> dict[str, bytes]:
        """A file with the canary twice, and with a bad row that holds it."""
        lines = [f"{CODE};{PASSWORD}", f"{CODE.lower()};{PASSWORD}", f";{PASSWORD}", f"{CODE}x;"]
        file = self.upload(
            self.officer, "ministry_load_codes", "code;wachtwoord", lines, self.cast.pool.pk
        )
        assert file.rows.final().counts() == {
            RowOutcome.NEW: 1,
            RowOutcome.DOUBLE_IN_FILE: 1,
            RowOutcome.BAD_ROW: 2,
        }
        pages = {"file page": self.officer.get(reverse("ministry_file", args=[file.pk])).content}
        rows = self.officer.get(reverse("ministry_file_rows", args=[file.pk])).getvalue()
        return pages | {"outcomes of codes": rows}

    def print_letter(self) -> dict[str, bytes]:
        """Handed out, and the letter printed."""
        cast = self.cast
        request = granted_request(
            cast.school, cast.period, by=cast.coordinator, officer=cast.officer
        )
        handing_out.hand_out(request=request, by=cast.officer, now=NOW)
        self.bond = HandOut.objects.get()
        letter = self.printed(self.coordinator)
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(letter)).pages)
        pages = {name: self.coordinator.get(reverse(name)).content for name in ("letters",)}
        return pages | {"letter": text.encode()}

    def printed(self, client: Client, status: int = 200) -> bytes:
        """What the button for letters answers, with this status."""
        data = {"selected": [self.bond.pk], "note": CODE}
        asked = client.post(f"{reverse('letters_print')}?stage=all", data)
        response = answer(client, asked, note=CODE) if asked.status_code == 200 else asked
        assert response.status_code == status
        content: bytes = response.content
        return content

    def report_activation(self) -> dict[str, bytes]:
        """The provider reports it in use, with another line that cannot be read."""
        lines = [f"{CODE};{PASSWORD};15/04/2020", f"{CODE}y;{PASSWORD};{PASSWORD}"]
        file = self.upload(self.provider, "provider_file_new", "code;wachtwoord;datum", lines)
        assert file.rows.final().counts() == {RowOutcome.NEW: 1, RowOutcome.BAD_ROW: 1}
        return {
            "activation page": self.provider.get(reverse("provider_file", args=[file.pk])).content,
            "outcomes of activations": self.provider.get(
                reverse("provider_file_rows", args=[file.pk])
            ).getvalue(),
        }

    def renew(self) -> dict[str, bytes]:
        """The school asks, the provider takes the list."""
        renewals.ask(hand_outs=[self.bond.pk], by=self.cast.coordinator, now=at(date(2020, 6, 2)))
        taken = self.provider.post(reverse("provider_renewals_list")).getvalue()
        assert Renewal.objects.get().state == "SENT"
        assert Reveal.objects.count() == 2
        return {
            "renewal list": taken,
            "renewals": self.provider.get(reverse("provider_renewals")).content,
        }

    def exports(self) -> dict[str, bytes]:
        """The figures as the ministry downloads them."""
        csv, xlsx = (reverse(f"report_{kind}", args=["provider"]) for kind in ("csv", "xlsx"))
        return {
            "report in csv": self.officer.post(csv).getvalue(),
            "report in xlsx": canary.unzipped(self.officer.post(xlsx).getvalue()),
        }

    def errors(self) -> dict[str, bytes]:
        """A page that breaks while the canary is posted to it."""
        self.coordinator.raise_request_exception = False
        ring, settings.VOUCHER_KEYS = settings.VOUCHER_KEYS, {"lost": b"l" * 32}
        try:
            broken = self.printed(self.coordinator, status=500)
        finally:
            settings.VOUCHER_KEYS = ring
        return {"error page": broken}

    def upload(
        self, client: Client, page: str, header: str, lines: list[str], *args: int
    ) -> ProviderFile:
        """Sent, checked by the worker, applied by it."""
        content = "\n".join([header, *lines]).encode()
        client.post(
            reverse(page, args=args),
            {
                "file": SimpleUploadedFile("kanaries.csv", content, "text/csv"),
                "complete_until": "16/04/2020",
            },
        )
        file = ProviderFile.objects.latest("pk")
        wait_until(self.state(file, FileState.CHECKED))
        name = "ministry_file_apply" if client is self.officer else "provider_file_apply"
        client.post(reverse(name, args=[file.pk]))
        wait_until(self.state(file, FileState.APPLIED))
        return file

    @staticmethod
    def state(file: ProviderFile, state: FileState) -> Callable[[], bool]:
        return ProviderFile.objects.filter(pk=file.pk, state=state).exists

"""Uploads against a real gunicorn: what is announced as too large is refused unread."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from common.processes import die_with_parent
from local import supervisor
from voucherportal import environment as localenv

MEGABYTE = 1024 * 1024
LIMIT = 20 * MEGABYTE
BOUNDARY = "voucher-boundary"
SENTENCE = "Dit bestand is groter dan 20 MB en is daarom niet gelezen."


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A gunicorn like the demo's with one upload form; its temporary folder stays empty."""
    temporary = tmp_path_factory.mktemp("temporary")
    number = supervisor.any_free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "common.tests.upload_wsgi"),
        *(f"--bind=127.0.0.1:{number}", "--threads=4", "--worker-class=gthread"),
        *("--no-control-socket", "--worker-tmp-dir=/dev/shm", "--log-level=warning"),
    ]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    server = subprocess.Popen(
        command,
        cwd=localenv.BASE_DIR,
        env=environment,
        preexec_fn=die_with_parent(signal.SIGQUIT),  # gunicorn and its workers
    )
    try:
        wait_for(number, server)
        yield number
    finally:
        server.terminate()
        server.wait(15)
    assert list(temporary.iterdir()) == []


def wait_for(number: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        assert server.poll() is None
        assert time.monotonic() < deadline
        try:
            get_token(number)
            return
        except OSError:
            time.sleep(0.1)


def get_token(port: int) -> tuple[str, str]:
    """The CSRF token of the form, and the cookie that goes with it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/upload/")
        answer = connection.getresponse()
        page = answer.read().decode()
    finally:
        connection.close()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found is not None, page
    return found[1], (answer.headers["Set-Cookie"] or "").partition(";")[0]


def parts(token: str, note: str = "een notitie") -> bytes:
    """The form up to and including the headers of the file."""
    fields = {"csrfmiddlewaretoken": token, "note": note}
    text = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head = 'Content-Disposition: form-data; name="file"; filename="codes.csv"\r\n'
    return f"{text}--{BOUNDARY}\r\n{head}Content-Type: text/csv\r\n\r\n".encode()


END = f"\r\n--{BOUNDARY}--\r\n".encode()


def head_of_request(cookie: str, length: int) -> bytes:
    return (
        f"POST /upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def post(port: int, size: int, *, token: str | None = None) -> tuple[int, str]:
    """Send a whole file of `size` bytes; status and page of the response."""
    valid, cookie = get_token(port)
    body = parts(valid if token is None else token) + b"x" * size + END
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Cookie": cookie}
    try:
        connection.request("POST", "/upload/", body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_large_file_is_refused_before_it_is_sent(port: int) -> None:
    token, cookie = get_token(port)
    beginning = parts(token)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head_of_request(cookie, len(beginning) + 21 * MEGABYTE))
        connection.sendall(beginning + b"x" * 64 * 1024)
        answer = connection.makefile("rb").readline()
    assert answer.split()[1] == b"413"


def test_the_form_says_so_and_keeps_what_was_typed(port: int) -> None:
    status, page = post(port, 21 * MEGABYTE)
    assert status == 413
    assert SENTENCE in page
    assert 'value="een notitie"' in page
    assert '<p id="kept"></p>' in page


def test_the_largest_file_is_kept_in_memory(port: int) -> None:
    status, page = post(port, LIMIT)
    assert status == 200
    assert f'<p id="kept">InMemoryUploadedFile {LIMIT}</p>' in page


def test_one_byte_more_is_refused_while_it_is_read(port: int) -> None:
    status, page = post(port, LIMIT + 1)
    assert status == 413
    assert SENTENCE in page


def test_a_large_file_does_not_get_past_the_csrf_check(port: int) -> None:
    status, _page = post(port, 21 * MEGABYTE, token="wrong")
    assert status == 403


def test_the_connection_serves_the_next_request(port: int) -> None:
    token, cookie = get_token(port)
    body = parts(token) + b"x" * (25 * MEGABYTE) + END
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Cookie": cookie}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/upload/", body=body, headers=headers)
    first = connection.getresponse()
    first.read()
    connection.request("GET", "/upload/")
    second = connection.getresponse()
    second.read()
    connection.close()
    assert (first.status, second.status) == (413, 200)


def test_a_browser_shows_the_sentence(port: int, tmp_path: Path) -> None:
    large = tmp_path / "codes.csv"
    large.write_bytes(b"x" * 40 * MEGABYTE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or "/usr/bin/chromium",
            args=["--no-sandbox"],
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/upload/")
        page.set_input_files("[name=file]", large)
        page.click("button")
        text = page.locator("#refusal").inner_text()
        browser.close()
    assert text.startswith(SENTENCE)

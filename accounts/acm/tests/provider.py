"""A provider of identity over real HTTP that does everything right, until a test tells it to lie.

It looks at what a strict provider looks at: the client's secret, the redirect address, PKCE, and
that a code is used once.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT, SECRET = "internetvouchers", "geheim van het portaal"
Words = dict[str, Any]


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_part(key: rsa.RSAPrivateKey, kid: str) -> Words:
    """As the provider publishes it."""
    found: Words = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**found, "kid": kid, "alg": "RS256", "use": "sig"}


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass
class Provider:
    """person: claims of who signs on. bend: changes an ID token before it is signed; sign: signs
    it; told: what userinfo answers instead; broken, slow: paths that answer 500, or late."""

    address: str = ""
    person: Words = field(default_factory=dict)
    bend: Callable[[Words], object] = lambda token: None
    sign: "Callable[[Provider, Words], str]" = lambda provider, token: provider.signed(token)
    told: object = None
    broken: set[str] = field(default_factory=set)
    slow: float = 0
    kid: str = "een"
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    other_keys: list[rsa.RSAPrivateKey] = field(default_factory=list)
    codes: dict[str, Words] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    configured: Words = field(default_factory=dict)
    last_token: str = ""

    def signed(self, token: Words) -> str:
        return jwt.encode(token, self.key, algorithm="RS256", headers={"kid": self.kid})

    def rotate(self, kid: str = "twee") -> None:
        """From now on it signs with another key."""
        self.kid, self.key = kid, new_key()

    def published(self) -> list[Words]:
        others = [public_part(key, f"ander {n}") for n, key in enumerate(self.other_keys)]
        return [public_part(self.key, self.kid), *others]

    # Its pages

    def configuration(self) -> Words:
        here = self.address
        return {
            "issuer": here,
            "authorization_endpoint": f"{here}/auth",
            "token_endpoint": f"{here}/token",
            "userinfo_endpoint": f"{here}/userinfo",
            "jwks_uri": f"{here}/jwks",
            "end_session_endpoint": f"{here}/logout",
            **self.configured,
        }

    def authorise(self, words: dict[str, str]) -> str:
        """The address with a code, for the person who is there; no question is asked."""
        code = secrets.token_urlsafe()
        self.codes[code] = words
        return f"{words['redirect_uri']}?{urlencode({'code': code, 'state': words['state']})}"

    def exchange(self, words: dict[str, str], authorisation: str) -> Words | None:
        """A token for a code, once; None when anything does not fit."""
        asked = self.codes.pop(words.get("code", ""), None)
        digest = hashlib.sha256(words.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        wrong = {
            "code": asked is None,
            "secret": authorisation != f"Basic {known}",
            "redirect_uri": asked is not None and asked["redirect_uri"] != words["redirect_uri"],
            "pkce": asked is not None
            and (asked.get("code_challenge"), asked.get("code_challenge_method"))
            != (challenge, "S256"),
        }
        self.refused += [name for name, is_wrong in wrong.items() if is_wrong]
        if asked is None or any(wrong.values()):
            return None
        now = int(time.time())
        token = {
            "iss": self.address, "aud": CLIENT, "exp": now + 300, "iat": now,
            "nonce": asked.get("nonce"), **self.person,
        }  # fmt: skip
        self.bend(token)
        self.last_token = self.sign(self, token)
        return {"access_token": "toegang", "token_type": "Bearer", "id_token": self.last_token}

    def about(self) -> object:
        return self.person if self.told is None else self.told


class Server(ThreadingHTTPServer):
    provider: Provider


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        words = single(url.query)
        provider = self.server.provider
        if self.fails(url.path):
            return
        if url.path == "/auth":
            self.send_on(provider.authorise(words))
        elif url.path == "/logout":
            self.send_on(words["post_logout_redirect_uri"])
        else:
            pages: dict[str, object] = {
                "/.well-known/openid-configuration": provider.configuration(),
                "/jwks": {"keys": provider.published()},
                "/userinfo": provider.about(),
            }
            self.answer(pages[url.path])

    def do_POST(self) -> None:
        words = single(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if not self.fails(self.path):
            authorisation = self.headers.get("Authorization", "")
            found = self.server.provider.exchange(words, authorisation)
            self.answer(found or {"error": "invalid_grant"}, 200 if found else 400)

    def fails(self, path: str) -> bool:
        provider = self.server.provider
        provider.asked.append(path)
        time.sleep(provider.slow)
        if path in provider.broken:
            self.answer({"error": "server_error"}, 500)
        return path in provider.broken

    def answer(self, words: object, status: int = 200) -> None:
        body = json.dumps(words).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_on(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        """Not on the screen of the tests."""


def single(query: str) -> dict[str, str]:
    """The words of a query or a form, the first of each."""
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def a_provider() -> Iterator[Provider]:
    """It answers on a port of its own until the block ends."""
    provider = Provider()
    server = Server(("127.0.0.1", 0), Handler)
    server.provider = provider
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

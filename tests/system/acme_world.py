"""What the ACME tests need around the server: a DNS zone, an ACME client of few words, and the real certbot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec
from acme.jws import JWS
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from dnslib import CLASS, QTYPE, RCODE, RR
from dnslib.server import DNSLogger, DNSServer
from josepy.json_util import decode_b64jose, encode_b64jose
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from services.practice.acme import PracticeAcme
from services.practice.acme.orders import key_digest
from services.practice.faults import Faults
from services.practice.hierarchy import Hierarchy
from services.practice.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "mqtt.example.test"
CHALLENGE = f"_acme-challenge.{NAME}"
_CERTBOT = "import sys; from certbot.main import main; sys.exit(main())"
_PUBLISH = 'printf \'%s 0 IN TXT "%s"\\n\' "_acme-challenge.$CERTBOT_DOMAIN." "$CERTBOT_VALIDATION" >> "$ZONE_FILE"'


class Zone:
    """An authoritative server for `example.test`, whose records are lines of a file in zone-file form."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.file.touch()
        self.failing = False
        self._server = DNSServer(self, address="127.0.0.1", port=0, logger=DNSLogger(logf=lambda _: None))
        self.address = cast("tuple[str, int]", self._server.server.server_address)

    def add(self, record: str) -> None:
        """Publish one more record, e.g. `example.test. 0 IN CAA 0 issue "ca.test"`."""
        with self.file.open("a") as file:
            file.write(record + "\n")

    def resolve(self, request: Any, _handler: Any) -> Any:
        """Answer a query, as dnslib's server asks its resolver."""
        reply = request.reply()
        asked = str(request.q.qname).lower()
        records = RR.fromZone(self.file.read_text())
        here = [record for record in records if str(record.rname).lower() == asked]
        if self.failing:
            reply.header.rcode = RCODE.SERVFAIL
        elif not asked.endswith("example.test."):
            reply.header.rcode = RCODE.REFUSED
        elif not any(str(record.rname).lower().endswith(asked) for record in records):
            reply.header.rcode = RCODE.NXDOMAIN
        for record in here:
            if record.rtype in {request.q.qtype, QTYPE.CNAME}:
                reply.add_answer(RR(request.q.qname, record.rtype, CLASS.IN, 0, record.rdata))
        return reply

    @contextmanager
    def serving(self) -> Iterator[Zone]:
        """Answer until the block ends."""
        server = self._server.server
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass(frozen=True)
class World:
    """A server and what is around it."""

    acme: PracticeAcme
    zone: Zone
    faults: Faults
    clock: Clock


@contextmanager
def world(folder: Path, *, staging: bool = False) -> Iterator[World]:
    """A running server, its zone empty but for the name itself."""
    zone, faults, clock = Zone(folder / "zone"), Faults(), Clock()
    zone.add(f"{NAME}. 0 IN A 127.0.0.1")
    hierarchy = Hierarchy(clock, staging=staging)
    with zone.serving(), PracticeAcme(faults, Journal(), hierarchy, zone.address, clock) as acme:
        yield World(acme, zone, faults, clock)


class User:
    """An ACME client that says exactly what it is told to, with an ECDSA account key."""

    def __init__(self, world: World, *, register: bool = True) -> None:
        self.world = world
        self.key = JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
        self.http = httpx.Client(headers={"Content-Type": "application/jose+json"}, trust_env=False)
        self.directory = self.http.get(world.acme.directory_url).json()
        self.url: str | None = None
        if register:
            self.url = self.register().headers["Location"]

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

    def nonce(self) -> str:
        """A new one."""
        return self.http.head(self.directory["newNonce"]).headers["Replay-Nonce"]

    def signed(self, url: str, payload: object = None, **header: Any) -> str:
        """The body of a request; `header` replaces what would be right."""
        body = b"" if payload is None else msgspec.json.encode(payload)
        nonce = decode_b64jose(header.pop("nonce", None) or self.nonce())
        given: dict[str, Any] = {"key": self.key, "alg": ES256, "nonce": nonce, "url": url, "kid": self.url} | header
        return str(JWS.sign(body, **given).json_dumps())

    def post(self, url: str, payload: object = None, **header: Any) -> httpx.Response:
        """Send a signed request."""
        return self.http.post(url, content=self.signed(url, payload, **header))

    def register(self, **fields: object) -> httpx.Response:
        """Ask for an account."""
        return self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True} | fields, kid=None)

    def order(self, *names: str, **fields: object) -> httpx.Response:
        """Ask for an order."""
        identifiers = [{"type": "dns", "value": name} for name in names or (NAME,)]
        return self.post(self.directory["newOrder"], {"identifiers": identifiers, **fields})

    def answer(self, order: httpx.Response, *, publish: bool = True) -> list[dict[str, Any]]:
        """Publish what is asked for and answer every challenge; the authorizations, as they are then."""
        authorizations = []
        for url in order.json()["authorizations"]:
            authorization = self.post(url).json()
            challenge = authorization["challenges"][0]
            if publish:
                digest = key_digest(challenge["token"], self.key)
                self.world.zone.add(f'_acme-challenge.{authorization["identifier"]["value"]}. 0 IN TXT "{digest}"')
            self.post(challenge["url"], {})
            authorizations.append(self.post(url).json())
        return authorizations

    def finalize(self, order: httpx.Response, request: bytes) -> httpx.Response:
        """Send the CSR (DER)."""
        return self.post(order.json()["finalize"], {"csr": encode_b64jose(request)})

    def issue(self, *names: str, **fields: object) -> httpx.Response:
        """All steps; the certificate's download."""
        order = self.order(*names, **fields)
        assert order.status_code == 201, order.text
        self.answer(order)
        done = self.finalize(order, csr(names or (NAME,)))
        assert done.json().get("status") == "valid", done.text
        return self.post(done.json()["certificate"])


def csr(names: tuple[str, ...], key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> bytes:
    """A certificate signing request, DER."""
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(alternative, critical=False)
    signed = request.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def inner_jws(key: JWKEC, url: str, payload: object) -> dict[str, Any]:
    """The envelope inside a key change: the new key's, without a nonce."""
    signed = JWS.sign(msgspec.json.encode(payload), key=key, alg=ES256, nonce=None, url=url)
    return cast("dict[str, Any]", msgspec.json.decode(signed.json_dumps()))


def chain(pem: str | bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file."""
    return x509.load_pem_x509_certificates(pem.encode() if isinstance(pem, str) else pem)


@dataclass(frozen=True)
class Certbot:
    """The real certbot, with hooks that write its TXT records into the zone's file."""

    world: World
    folder: Path

    def run(self, *arguments: str, publish: bool = True) -> subprocess.CompletedProcess[str]:
        """Run it to its end; stdout and stderr come as one text."""
        folders = [f"--{name}-dir={self.folder / name}" for name in ("config", "work", "logs")]
        server = f"--server={self.world.acme.directory_url}"
        return subprocess.run(
            [sys.executable, "-c", _CERTBOT, *arguments, "-n", *folders, server],
            env=os.environ | {"ZONE_FILE": str(self.world.zone.file), "PUBLISH": "yes" if publish else ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )

    def certonly(self, *arguments: str, publish: bool = True) -> subprocess.CompletedProcess[str]:
        """Ask for a certificate for NAME."""
        hook = f'[ -z "$PUBLISH" ] || {_PUBLISH}'
        manual = ("--manual", "--preferred-challenges=dns", "--manual-auth-hook", hook)
        account = ("--agree-tos", "--register-unsafely-without-email", "-d", NAME)
        return self.run("certonly", *manual, *account, *arguments, publish=publish)

    def renew(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Renew what there is, at once: without a terminal certbot first sleeps for up to eight minutes."""
        return self.run("renew", "--no-random-sleep-on-renew", *arguments)

    def live(self, name: str = "fullchain.pem") -> Path:
        """A file of the lineage."""
        return self.folder / "config" / "live" / NAME / name

"""The 30 situations in which TLS to a broker fails (or does not), each with certificates and servers of its own.

`CATALOGUE` maps a situation's name to what makes it; `Situation.serve()` starts the real server. The names, and the
clients that failed, are those of an experiment with twelve real clients (openssl 3.0 and 3.6, Python, Node, Java, Go,
mbedTLS, wolfSSL, GnuTLS, mosquitto, curl).
"""

from __future__ import annotations

import contextlib
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests import chains as make
from tests.tls_servers import closed_port, plain_server, tls_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPENSSL = "openssl python python-3.13 node mosquitto curl"
ALL = f"{OPENSSL} go java mbedtls wolfssl gnutls"
PLAIN = "openssl python node mosquitto"
_TLS12, _TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
_CONNACK_REFUSED = b"\x20\x02\x00\x05"


@dataclass(frozen=True)
class Situation:
    """One situation.

    Attributes:
        finding: the id of the root cause; "" where all is well.
        failed: the clients that fail, separated by spaces.
        chain, key_pem: what the server sends; () for no TLS server.
        ca: the clients' CA file.
        client: the client's certificate and its private key (PEM); None for none.
        options: of the server.
        repaired: which corrected file is expected: "", "ca-file" or "chain".
    """

    finding: str
    failed: str
    chain: tuple[make.Signed, ...] = ()
    key_pem: bytes = b""
    ca: bytes = b""
    client: tuple[bytes, bytes] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    kind: str = "tls"
    repaired: str = ""
    newest: str = ""

    @contextmanager
    def serve(self) -> Iterator[int]:
        """Run the server; yield its port."""
        with contextlib.ExitStack() as stack:
            if self.kind == "closed":
                yield closed_port()
            elif self.kind == "plain":
                yield stack.enter_context(plain_server(_CONNACK_REFUSED))
            else:
                yield stack.enter_context(tls_server(make.bundle(*self.chain), self.key_pem, **self.options))


def _good(**bent: Any) -> Situation:
    """A situation that differs from the healthy one in what is given; `leaf` bends the leaf."""
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1, **bent.pop("leaf", {}))
    usual: dict[str, Any] = {
        "finding": "",
        "failed": "",
        "chain": (leaf, *le.intermediates()),
        "key_pem": leaf.key_pem,
        "ca": le.x1.pem,
    }
    return Situation(**(usual | bent))


def _private(*, sent: bool) -> Situation:
    root = make.sign("Example Private Root CA")
    leaf = make.leaf(root)
    chain = (leaf, root) if sent else (leaf,)
    finding = "server-private-ca" if sent else "ca-file-unrelated"
    return Situation(finding, ALL, chain, leaf.key_pem, make.lets_encrypt_like().x1.pem)


def _mixed() -> Situation:
    """The intermediate of the right name has another key."""
    le = make.lets_encrypt_like()
    other = make.sign(
        "YE1 (imitation)", le.ye, organization="Let's Encrypt (imitation)", kind="P-384", key_name="another YE1"
    )
    leaf = make.leaf(le.ye1)
    chain = (leaf, other, le.ye_by_x2, le.x2_by_x1)
    return Situation("server-chain-mixed", ALL, chain, leaf.key_pem, le.x1.pem)


def _not_a_ca() -> Situation:
    """The intermediate is an end-entity certificate."""
    root = make.lets_encrypt_like().x1
    intermediate = make.sign("Not a CA", root, ca=False)
    leaf = make.leaf(intermediate)
    return Situation("issuer-not-ca", ALL, (leaf, intermediate), leaf.key_pem, root.pem)


def _self_signed() -> Situation:
    leaf = make.leaf(None)
    return Situation("server-self-signed", ALL, (leaf,), leaf.key_pem, make.lets_encrypt_like().x1.pem)


def _tampered() -> Situation:
    good = _good()
    return _good(finding="signature-broken", failed=ALL, chain=(make.tampered(good.chain[0]), *good.chain[1:]))


def _mutual(finding: str, shown: make.Signed | None, **bent: Any) -> Situation:
    client_ca = make.sign("Client CA")
    client = (shown.pem, bent.pop("key_pem", shown.key_pem)) if shown else None
    options = {"client_ca": client_ca.pem, "connack": b"\x20\x03\x00\x00\x00"} | bent.pop("options", {})
    return _good(finding=finding, failed=ALL if finding else "", client=client, options=options, **bent)


def _client(**bent: Any) -> make.Signed:
    return make.client(make.sign("Client CA"), **bent)


def _unknown_name(context: ssl.SSLContext) -> None:
    context.sni_callback = lambda _, name, __: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name else None


def _cut(count: int, finding: str) -> Situation:
    good = _good()
    return _good(finding=finding, failed=ALL, chain=good.chain[:count], repaired="chain")


CATALOGUE: dict[str, Callable[[], Situation]] = {
    "00-ok": _good,
    "01-ca-is-last-of-fullchain": lambda: _good(
        finding="ca-file-not-root", failed=PLAIN, ca=make.lets_encrypt_like().x2_by_x1.pem, repaired="ca-file"
    ),
    "02-wrong-ca": lambda: _good(
        finding="ca-file-unrelated", failed=ALL, ca=make.sign("Unrelated Root").pem, repaired="ca-file"
    ),
    "03-leaf-only": lambda: _cut(1, "server-leaf-only"),
    "04-missing-second-intermediate": lambda: _cut(2, "server-chain-incomplete"),
    "05-expired": lambda: _good(finding="server-expired", failed=ALL, leaf={"days": (-90, -10)}),
    "06-not-yet-valid": lambda: _good(finding="server-not-yet-valid", failed=ALL, leaf={"days": (10, 90)}),
    "07-hostname": lambda: _good(
        finding="hostname-mismatch", failed=ALL, leaf={"subject": "mqtt.example.com", "names": ("mqtt.example.com",)}
    ),
    "08-self-signed": _self_signed,
    "09-private-ca-root-sent": lambda: _private(sent=True),
    "10-private-ca-root-not-sent": lambda: _private(sent=False),
    "11-server-cert-clientauth-only": lambda: _good(
        finding="server-purpose", failed=ALL, leaf={"purposes": (make.CLIENT,)}
    ),
    "12-weak-rsa1024-leaf": lambda: _good(
        finding="key-too-weak",
        failed="openssl python python-3.13 mosquitto curl mbedtls",
        leaf={"kind": "RSA 1024", "key_name": "weak"},
    ),
    "13-wrong-intermediate-key": _mixed,
    "14-nonca-intermediate": _not_a_ca,
    "15-bad-signature": _tampered,
    "16-mtls-no-client-cert-tls13": lambda: _mutual("client-cert-missing", None),
    "17-mtls-no-client-cert-tls12": lambda: _mutual(
        "client-cert-missing", None, options={"versions": (_TLS12, _TLS12)}
    ),
    "18-mtls-client-cert-unknown-ca": lambda: _mutual(
        "client-cert-unknown-ca", make.client(make.sign("Another Client CA"))
    ),
    "19-mtls-client-cert-expired": lambda: _mutual("client-cert-expired", _client(days=(-90, -10))),
    "20-mtls-client-cert-serverauth-only": lambda: _mutual("client-cert-purpose", _client(purposes=(make.SERVER,))),
    "21-mtls-key-mismatch": lambda: _mutual(
        "client-key-mismatch", _client(), key_pem=make.key_pem(make.key("another key"))
    ),
    "22-mtls-ok": lambda: _mutual("", _client()),
    "23-plain-port": lambda: Situation("not-tls", ALL, ca=make.lets_encrypt_like().x1.pem, kind="plain"),
    "24-tls10-only-server": lambda: _good(
        finding="tls-version",
        failed="openssl python python-3.13 node mosquitto curl go java wolfssl",
        options={"versions": (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1)},
    ),
    "25-no-shared-cipher": lambda: _good(
        finding="no-shared-cipher",
        failed=ALL,
        options={"versions": (_TLS12, _TLS12), "ciphers": "ECDHE-ECDSA-CAMELLIA128-SHA256:@SECLEVEL=0"},
    ),
    "26-connection-refused": lambda: Situation(
        "connection-refused", ALL, ca=make.lets_encrypt_like().x1.pem, kind="closed"
    ),
    "27-sni-unrecognized": lambda: _good(
        finding="sni-refused",
        failed="openssl python python-3.13 node mosquitto curl go mbedtls gnutls",
        options={"adjust": _unknown_name},
    ),
    "28-tls13-only-server-vs-tls12-client": lambda: _good(
        finding="tls-version", failed=ALL, options={"versions": (_TLS13, _TLS13)}, newest="TLSv1.2"
    ),
    "29-ca-file-garbage": lambda: _good(
        finding="ca-file-unreadable", failed=ALL, ca=b"this is no certificate\n", repaired="ca-file"
    ),
}

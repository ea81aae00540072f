"""What the judges say is what real clients do; and what the repair hands over, real clients take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import certifi
import pytest

from services.tls import catalog, repair
from services.tls.clients import kinds
from services.tls.diagnose import diagnose
from services.tls.gather import Inquiry, gather
from tests import chains as make
from tests.real_clients import PROGRAMS, accepts, ask
from tests.situations import CATALOGUE
from tests.tls_servers import tls_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENTS = [
    pytest.param(name, marks=[pytest.mark.needs(program)] if program else []) for name, program in PROGRAMS.items()
]
ABOUT_TRUST = [name for name in CATALOGUE if name < "16" or name.startswith("29")]
REPAIRABLE = [name for name in CATALOGUE if name[:2] in {"01", "02", "03", "04", "29"}]
CONNACK = b"\x20\x02\x00\x00"  # MQTT 3.1.1, which mosquitto_pub speaks

# The codes in which openssl, and the words in which Node, told each situation in the experiment.
TOLD = {
    "01-ca-is-last-of-fullchain": (2, "UNABLE_TO_GET_ISSUER_CERT"),
    "02-wrong-ca": (20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
    "03-leaf-only": (20, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "04-missing-second-intermediate": (20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
    "05-expired": (10, "CERT_HAS_EXPIRED"),
    "06-not-yet-valid": (9, "CERT_NOT_YET_VALID"),
    "07-hostname": (62, "ERR_TLS_CERT_ALTNAME_INVALID"),
    "08-self-signed": (18, "DEPTH_ZERO_SELF_SIGNED_CERT"),
    "09-private-ca-root-sent": (19, "SELF_SIGNED_CERT_IN_CHAIN"),
    "10-private-ca-root-not-sent": (20, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "11-server-cert-clientauth-only": (26, "INVALID_PURPOSE"),
    "12-weak-rsa1024-leaf": (66, 0),
    "13-wrong-intermediate-key": (20, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    "14-nonca-intermediate": (79, "UNSPECIFIED"),
    "15-bad-signature": (7, "CERT_SIGNATURE_FAILURE"),
    "16-mtls-no-client-cert-tls13": (116, "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    "17-mtls-no-client-cert-tls12": (40, "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"),
    "18-mtls-client-cert-unknown-ca": (48, "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
    "19-mtls-client-cert-expired": (45, "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    "20-mtls-client-cert-serverauth-only": (43, "ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"),
    "25-no-shared-cipher": (40, "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"),
    "27-sni-unrecognized": (112, "ERR_SSL_TLSV1_UNRECOGNIZED_NAME"),
    "28-tls13-only-server-vs-tls12-client": (70, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
}


@pytest.fixture
def imitation_is_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The imitation's root stands in the public bundle, as ISRG Root X1 does in the real one."""
    bundle = tmp_path / "public.pem"
    bundle.write_bytes(make.lets_encrypt_like().x1.pem)
    monkeypatch.setattr(certifi, "where", lambda: str(bundle))
    catalog.forget()
    yield
    catalog.forget()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ABOUT_TRUST)
def test_a_real_client_does_what_its_judge_says(name: str, client: str, tmp_path: Path) -> None:
    situation = CATALOGUE[name]()
    ca = tmp_path / "ca.pem"
    ca.write_bytes(situation.ca)
    with tls_server(make.bundle(*situation.chain), situation.key_pem, connack=CONNACK) as port:
        said = ask(client, port, ca)
    assert (said != "") is (client in situation.failed.split()), said


@pytest.mark.parametrize("name", TOLD)
def test_the_words_are_those_of_the_experiment(name: str, tmp_path: Path) -> None:
    situation = CATALOGUE[name]()
    ca = tmp_path / "ca.pem"
    ca.write_bytes(situation.ca)
    certificate = key = None
    if situation.client:
        certificate, key = tmp_path / "client.crt", tmp_path / "client.key"
        certificate.write_bytes(situation.client[0])
        key.write_bytes(situation.client[1])
    with situation.serve() as port:
        newest = cast('Literal["", "TLSv1.2"]', situation.newest)
        inquiry = Inquiry(make.HOST, port, ca=ca, certificate=certificate, key=key, newest=newest)
        openssl, node = diagnose(gather(inquiry), kinds(["openssl", "node"])).clients
    assert (openssl.code, node.code) == TOLD[name]


@pytest.mark.usefixtures("imitation_is_public")
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", REPAIRABLE)
def test_a_real_client_takes_what_the_repair_hands_over(name: str, client: str, tmp_path: Path) -> None:
    situation = CATALOGUE[name]()
    ca, whole = tmp_path / "ca.pem", tmp_path / "fullchain.pem"
    ca.write_bytes(situation.ca)
    good = CATALOGUE["00-ok"]()
    whole.write_bytes(make.bundle(*good.chain))
    with tls_server(make.bundle(*situation.chain), situation.key_pem, connack=CONNACK) as port:
        if client in situation.failed.split():
            assert not accepts(client, port, ca)
        evidence = gather(Inquiry(make.HOST, port, ca=ca, chain=whole))
        planned = repair.plan(evidence, diagnose(evidence))
    assert [file.role for file in planned.files] == [situation.repaired]
    assert {each.verdict for each in planned.clients_after} == {"ok"}
    written = repair.write(planned, tmp_path / "repaired", [ca, whole])
    path = written.files[0][1]
    served, trusted = (situation.chain, path) if situation.repaired == "ca-file" else ((), ca)
    chain = make.bundle(*served) if served else path.read_bytes()
    with tls_server(chain, situation.key_pem, connack=CONNACK) as port:
        assert ask(client, port, trusted) == ""

"""The 30 situations against real servers: the root cause, each client's verdict, and nothing wrong beside them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Literal, cast

import pytest

from services.tls.diagnose import diagnose
from services.tls.gather import Inquiry, gather
from tests.chains import HOST
from tests.situations import CATALOGUE, Situation

if TYPE_CHECKING:
    from pathlib import Path

    from services.tls.evidence import Evidence

# Where the experiment set a client up otherwise than it is by default, or gave it no chance to fail.
EXPLAINED = {
    "28-tls13-only-server-vs-tls12-client": "wolfSSL, GnuTLS, mosquitto, curl were not held to TLS 1.2 there",
}


def evidence_of(situation: Situation, port: int, folder: Path) -> Evidence:
    """Return the evidence as a user would have it gathered."""
    ca = folder / "ca.pem"
    ca.write_bytes(situation.ca)
    certificate = key = None
    if situation.client:
        certificate, key = folder / "client.crt", folder / "client.key"
        certificate.write_bytes(situation.client[0])
        key.write_bytes(situation.client[1])
    newest = cast('Literal["", "TLSv1.2"]', situation.newest)
    return gather(Inquiry(HOST, port, ca=ca, certificate=certificate, key=key, newest=newest))


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_situation_has_its_root_cause_and_each_client_its_verdict(name: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 is served on purpose
        situation = CATALOGUE[name]()
        with situation.serve() as port:
            diagnosis = diagnose(evidence_of(situation, port, tmp_path))
    errors = [finding.id for finding in diagnosis.findings if finding.severity == "error"]
    assert errors == ([situation.finding] if situation.finding else [])
    assert diagnosis.verdict == ("failed" if situation.finding else "ok")
    assert set(diagnosis.affected) == set(situation.failed.split()), EXPLAINED.get(name, "")
    assert not [client for client in diagnosis.clients if client.verdict == "unknown"]

"""One cause after the other, from files alone; the evidence that is mailed; the corrected files."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from msgspec.structs import replace

from services.dns.answers import Lookup
from services.errors import ServiceError
from services.tls import repair
from services.tls.diagnose import diagnose
from services.tls.evidence import CertificateFile, Evidence, certificate_file, dump, key_file, load
from services.tls.observed import Handshake, Probe, Target
from services.tls.openssl_verify import Settings, verify
from tests import chains as make

if TYPE_CHECKING:
    from pathlib import Path

    from services.tls.findings import Diagnosis, Finding
    from tests.chains import Signed


def file(path: str, *parts: Signed) -> CertificateFile:
    return certificate_file(path, make.bundle(*parts))


def healthy(**changed: Any) -> Evidence:
    le = make.lets_encrypt_like()
    usual: dict[str, Any] = {
        "taken_at": make.NOW,
        "host": make.HOST,
        "chain": file("fullchain.pem", make.leaf(le.ye1), *le.intermediates()),
        "ca": file("root.pem", le.x1),
    }
    return Evidence(**(usual | changed))


def served(*parts: Signed, **handshake: Any) -> Probe:
    """Return a probe of a server that sent `parts`."""
    sent = tuple(part.record.der for part in parts)
    hands = Handshake(
        "any", with_certificate=False, outcome="ok", server_name=make.HOST, protocol="TLSv1.3", chain=sent
    )
    hands = replace(hands, **handshake)
    return Probe(
        Target(make.HOST), address="127.0.0.1", tcp="ok", handshakes=(hands, replace(hands, protocol="TLSv1.2"))
    )


def errors(diagnosis: Diagnosis) -> list[str]:
    return [finding.id for finding in diagnosis.findings if finding.severity == "error"]


def warned(diagnosis: Diagnosis) -> list[str]:
    return [finding.id for finding in diagnosis.findings if finding.severity == "warning"]


def words(finding: Finding) -> str:
    return f"{finding.what} {finding.why} {finding.fix}"


def test_all_is_well() -> None:
    diagnosis = diagnose(healthy())
    assert diagnosis.verdict == "ok"
    assert not errors(diagnosis)
    assert not warned(diagnosis)
    assert [entry.role.value for entry in diagnosis.chain] == [
        "leaf",
        "intermediate",
        "cross-signed",
        "cross-signed",
        "root",
    ]
    assert not any(entry.broken_above for entry in diagnosis.chain)


def test_nothing_at_hand_cannot_be_checked() -> None:
    assert diagnose(Evidence(make.NOW, ca=file("root.pem", make.lets_encrypt_like().x1))).verdict == "unknown"


def test_the_clock_of_the_client_is_told_from_an_expired_certificate() -> None:
    slow = diagnose(healthy(at=make.NOW - timedelta(days=20_000)))
    assert errors(slow) == ["client-clock-wrong"]
    assert f"{make.NOW - timedelta(days=20_000):%Y-%m-%d}" in slow.findings[0].why


def test_an_expired_intermediate_is_named_with_its_depth() -> None:
    root = make.sign("Example Root")
    intermediate = make.sign("Example Issuing CA", root, days=(-400, -5))
    leaf = make.leaf(intermediate)
    diagnosis = diagnose(healthy(chain=file("fullchain.pem", leaf, intermediate), ca=file("root.pem", root)))
    assert errors(diagnosis) == ["intermediate-expired"]
    assert "Example Issuing CA" in diagnosis.findings[0].why
    assert "depth 1" in diagnosis.findings[0].why


def test_a_chain_in_a_wrong_order_makes_only_strict_clients_fail() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    diagnosis = diagnose(healthy(chain=file("fullchain.pem", leaf, le.x2_by_x1, le.ye1, le.ye_by_x2)))
    assert errors(diagnosis) == ["server-chain-disordered"]
    assert diagnosis.affected == ("wolfssl",)


def test_the_leaf_sent_twice_does_no_harm() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    diagnosis = diagnose(healthy(chain=file("fullchain.pem", leaf, leaf, *le.intermediates())))
    assert (diagnosis.verdict, diagnosis.affected) == ("ok", ())


def test_a_staging_certificate_is_named_before_its_missing_trust() -> None:
    root = make.sign("(STAGING) Pretend Pear X1")
    leaf = make.leaf(root)
    assert errors(diagnose(healthy(chain=file("fullchain.pem", leaf)))) == ["staging-certificate"]


def test_a_ca_file_that_makes_up_for_a_missing_intermediate_is_a_warning() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    evidence = healthy(chain=file("cert.pem", leaf), ca=file("bundle.pem", *le.intermediates(), le.x1))
    diagnosis = diagnose(evidence)
    assert (errors(diagnosis), warned(diagnosis)) == ([], ["server-leaf-only"])


def test_an_incomplete_chain_and_a_ca_file_without_a_root_are_both_said() -> None:
    le = make.lets_encrypt_like()
    evidence = healthy(chain=file("cert.pem", make.leaf(le.ye1)), ca=file("last.pem", le.x2_by_x1))
    diagnosis = diagnose(evidence)
    assert (errors(diagnosis), warned(diagnosis)) == (["server-leaf-only"], ["ca-file-not-root"])


def test_without_a_ca_file_a_private_root_is_what_clients_lack() -> None:
    root = make.sign("Example Private Root")
    assert errors(diagnose(healthy(chain=file("chain.pem", make.leaf(root)), ca=None))) == ["server-private-ca"]


def test_a_root_named_in_the_leafs_key_identifier_is_believed() -> None:
    """OpenSSL's `authorityKeyIdentifier = keyid, issuer:always` tells who issued the issuer."""
    from cryptography import x509  # noqa: PLC0415 - for this one extension

    root = make.sign("Somebody's Authority")
    named = x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(root.parsed.issuer)], root.parsed.serial_number)
    leaf = make.leaf(root, aki=named)
    assert errors(diagnose(healthy(chain=file("chain.pem", leaf)))) == ["ca-file-unrelated"]


def test_a_key_of_another_certificate_is_found_before_the_upload() -> None:
    evidence = healthy(server_key=key_file("privkey.pem", make.key_pem(make.key("somebody else's"))))
    diagnosis = diagnose(evidence)
    assert errors(diagnosis) == ["key-mismatch"]
    assert any("privkey.pem" in command for command in diagnosis.findings[0].commands)


def test_an_upload_that_was_forgotten_is_named_before_the_expiry_it_leads_to() -> None:
    le = make.lets_encrypt_like()
    old, new = make.leaf(le.ye1, days=(-100, -10)), make.leaf(le.ye1)
    evidence = healthy(chain=file("fullchain.pem", new, *le.intermediates()), probe=served(old, *le.intermediates()))
    assert errors(diagnose(evidence)) == ["emqx-stale-certificate", "server-expired"]


def test_what_emqx_does_not_list_is_a_warning() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1, kind="RSA 3072", key_name="large")
    diagnosis = diagnose(healthy(chain=file("fullchain.pem", leaf, *le.intermediates())))
    assert warned(diagnosis) == ["emqx-key-type"]


def test_a_locked_key_of_the_client_is_said_with_the_command_that_opens_it() -> None:
    client = make.client(make.sign("Client CA"))
    locked = client.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase"))
    evidence = healthy(certificate=file("client.crt", client), key=key_file("my key.pem", locked))
    diagnosis = diagnose(evidence)
    assert errors(diagnosis) == ["client-key-locked"]
    assert diagnosis.findings[0].commands[0].startswith("openssl pkey -in 'my key.pem'")


def test_a_client_ca_made_anew_is_told_from_another_one() -> None:
    le = make.lets_encrypt_like()
    client = make.client(make.sign("Client CA"))
    refused = {"asks_for_certificate": True, "alert": 48, "outcome": "alert", "with_certificate": True}
    for listed, variant in ((client.record.issuer_key, "same-name"), ("2.5.4.3=another", "listed")):
        probe = served(
            make.leaf(le.ye1), *le.intermediates(), client_ca_keys=(listed,), client_ca_names=("CN=x",), **refused
        )
        key = key_file("client.key", client.key_pem)
        evidence = healthy(chain=None, probe=probe, certificate=file("client.crt", client), key=key)
        found = diagnose(evidence).root_cause
        assert found is not None
        assert (found.id, found.variant) == ("client-cert-unknown-ca", variant)


def test_a_client_intermediate_that_is_not_sent_is_named() -> None:
    le = make.lets_encrypt_like()
    root = make.sign("Client Root")
    intermediate = make.sign("Client Issuing CA", root)
    client = make.client(intermediate)
    probe = served(
        make.leaf(le.ye1),
        *le.intermediates(),
        asks_for_certificate=True,
        alert=48,
        outcome="alert",
        with_certificate=True,
        client_ca_keys=(root.record.subject_key,),
        client_ca_names=("CN=Client Root",),
    )
    evidence = healthy(
        chain=None,
        probe=probe,
        ca=file("bundle.pem", le.x1, intermediate),
        certificate=file("client.crt", client),
        key=key_file("client.key", client.key_pem),
    )
    found = diagnose(evidence).root_cause
    assert found is not None
    assert found.id == "client-chain-incomplete"
    assert "Client Issuing CA" in found.why


def test_a_cname_that_leads_elsewhere_is_named() -> None:
    le = make.lets_encrypt_like()
    probe = replace(
        served(make.leaf(le.ye1), *le.intermediates()),
        target=Target(make.HOST, address="127.0.0.1"),
        lookup=Lookup(make.HOST, ("old.example.com",), ("192.0.2.7",)),
    )
    found = diagnose(healthy(chain=None, probe=probe)).root_cause
    assert found is not None
    assert found.id == "cname-wrong"
    assert "old.example.com" in found.why


def test_every_finding_is_in_words_and_names_its_facts() -> None:
    """No text may be missing, and none may show a fact's name in braces."""
    le = make.lets_encrypt_like()
    root = make.sign("Example Private Root")
    fault = [
        healthy(ca=file("last.pem", le.x2_by_x1)),
        healthy(ca=file("other.pem", root)),
        healthy(chain=file("cert.pem", make.leaf(le.ye1))),
        healthy(chain=file("cert.pem", make.leaf(make.sign("Whoever")))),
        healthy(ca=certificate_file("ca.der", le.x1.record.der)),
        healthy(chain=file("x.pem", make.leaf(None))),
        healthy(chain=file("x.pem", make.leaf(root), root)),
        healthy(chain=file("x.pem", make.leaf(root)), ca=None),
        healthy(host="other.example.com"),
        healthy(certificate=file("client.crt", make.leaf(root)), key=key_file("k", b"")),
        healthy(chain=None, probe=Probe(Target(make.HOST), address="127.0.0.1", tcp="refused")),
        healthy(chain=None, probe=Probe(Target(make.HOST), Lookup(make.HOST, failure="not-found"))),
    ]
    for evidence in fault:
        for finding in diagnose(evidence).findings:
            told = words(finding)
            assert "{" not in told, finding.id
            assert "finding." not in told, finding.id


def test_openssl_counts_the_bits_of_security() -> None:
    root = make.sign("Small Root", kind="RSA 1024")
    leaf = make.leaf(root)
    trusted = [root.record]
    assert verify([leaf.record], trusted, make.NOW, settings=Settings(security_level=2)).code == 67
    assert verify([leaf.record], trusted, make.NOW, settings=Settings(security_level=1)).code == 0


def test_evidence_is_the_same_after_its_way_by_mail_and_holds_no_key() -> None:
    le = make.lets_encrypt_like()
    client = make.client(make.sign("Client CA"))
    evidence = healthy(
        ca=file("last.pem", le.x2_by_x1),
        probe=served(make.leaf(le.ye1), *le.intermediates()),
        certificate=file("client.crt", client),
        key=key_file("client.key", client.key_pem),
    )
    mailed = dump(evidence)
    assert load(mailed) == evidence
    assert diagnose(load(mailed)) == diagnose(evidence)
    assert b"PRIVATE KEY" not in mailed
    private = b"".join(client.key_pem.splitlines()[1:-1])
    assert private[20:60] not in mailed


def test_evidence_from_a_stranger_cannot_drive_the_terminal() -> None:
    evidence = healthy(host="localhost\x1b[2J", ca=certificate_file("ca\u202e.pem", b""))
    diagnosis = diagnose(load(dump(evidence)))
    told = " ".join(words(finding) for finding in diagnosis.findings)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "ca<U+202E>.pem" in told


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "evidence-unreadable"),
        (b"[]", "evidence-unreadable"),
        (b'{"version": 1}', "evidence-unreadable"),
        (b'{"version": 99}', "evidence-newer"),
        (b'{"version": 1, "taken_at": "2026-11-24T00:00:00"}', "evidence-unreadable"),
        (b"\xff\xfe", "evidence-unreadable"),
    ],
)
def test_evidence_that_cannot_be_read_says_so(data: bytes, error: str) -> None:
    with pytest.raises(ServiceError) as caught:
        load(data, "mail.json")
    assert caught.value.id == error


def test_the_repair_completes_orders_and_leaves_the_root_out(tmp_path: Path) -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    evidence = healthy(
        probe=served(leaf),
        ca=file("last.pem", le.x2_by_x1),
        chain=file("all.pem", leaf, le.x1, *le.intermediates()[::-1]),
    )
    diagnosis = diagnose(evidence)
    planned = repair.plan(evidence, diagnosis)
    chain, root = planned.files
    assert chain.content == make.bundle(leaf, *le.intermediates())
    assert root.content == le.x1.pem
    assert {client.verdict for client in planned.clients_after} == {"ok"}
    taken = tmp_path / "root.pem"
    taken.write_text("an input of the user")
    written = repair.write(planned, tmp_path, [taken])
    assert [path.name for _, path in written.files] == ["certificate-with-chain.pem", "root-2.pem"]
    assert taken.read_text() == "an input of the user"
    assert repair.write(planned, tmp_path, [taken]) == written


def test_a_root_that_only_the_server_sends_is_never_handed_out_as_trusted() -> None:
    root = make.sign("Example Private Root CA")
    evidence = healthy(probe=served(make.leaf(root), root), chain=None)
    planned = repair.plan(evidence, diagnose(evidence))
    assert planned.files == ()
    assert "Example Private Root CA" in str(planned.needs[0])


def test_what_no_file_mends_gives_no_file() -> None:
    evidence = healthy(host="other.example.com")
    planned = repair.plan(evidence, diagnose(evidence))
    assert (planned.files, planned.needs) == ((), ())

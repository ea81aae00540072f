"""Certificates read from files as people have them, their links and roles, and the roots that end a chain."""

from __future__ import annotations

from datetime import UTC, datetime

import certifi
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from services.errors import ServiceError
from services.tls import catalog, chain
from services.tls.certificate import Certificate, Unreadable, from_der, to_pem
from services.tls.chain import Link, Role, issues
from services.tls.hostname import is_for
from services.tls.pem import key_facts, read_all, read_pem
from tests import chains as make

ISRG_ROOT_X1 = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6"


def test_a_record_says_what_the_certificate_says() -> None:
    leaf = make.leaf(make.lets_encrypt_like().ye1, "mqtt.example.com", names=("mqtt.example.com", "127.0.0.1")).record
    assert leaf.subject == "CN=mqtt.example.com"
    assert leaf.issuer == "CN=YE1 (imitation),O=Let's Encrypt (imitation),C=US"
    assert leaf.names == ("mqtt.example.com", "127.0.0.1")
    assert (leaf.key_type, leaf.signature, leaf.extended_key_usage) == (
        "ECDSA P-256",
        "SHA-256 with ECDSA",
        ("serverAuth",),
    )
    assert leaf.not_after.tzinfo is UTC
    assert not leaf.is_ca
    assert not leaf.self_signed


def test_a_name_cannot_drive_the_terminal() -> None:
    evil = make.leaf(None, subject="a\x1b[2Jb\u202ec").record
    assert "\x1b" not in evil.subject + evil.common_name
    assert "\u202e" not in evil.subject + evil.common_name


def test_a_bundle_is_read_with_crlf_and_text_between() -> None:
    le = make.lets_encrypt_like()
    data = b"subject=/CN=x\r\n" + le.x1.pem.replace(b"\n", b"\r\n") + b"\r\nsome words\r\n" + le.x2.pem
    assert read_pem(data) == (le.x1.record, le.x2.record)


def test_pem_is_written_as_openssl_writes_it() -> None:
    x1 = make.lets_encrypt_like().x1
    assert to_pem(x1.record) == x1.parsed.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("data", "variant"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (make.lets_encrypt_like().x1.record.der, "der"),
        (make.lets_encrypt_like().x1.key_pem, "key"),
        (make.lets_encrypt_like().x1.pem[:200], "damaged"),
        (make.lets_encrypt_like().x1.pem.replace(b"M", b"!"), "damaged"),
        (b"hello", "other"),
    ],
    ids=["nothing", "blank", "der", "key", "cut-short", "bad-letters", "text"],
)
def test_a_file_that_is_no_bundle_says_what_it_is(data: bytes, variant: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read_pem(data, "ca.pem")
    assert (caught.value.id, caught.value.variant) == ("ca-file-unreadable", variant)


def test_openssls_trusted_form_is_read_too() -> None:
    x1 = make.lets_encrypt_like().x1
    trusted = x1.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    assert read_all(trusted) == (x1.record,)


def test_what_is_no_certificate_is_a_record_of_its_own() -> None:
    assert isinstance(from_der(b"\x30\x03\x02\x01\x01"), Unreadable)


def test_a_link_says_what_does_not_fit() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    assert issues(le.ye1.record, leaf.record) is Link.YES
    assert issues(le.x1.record, leaf.record) is Link.NAME
    assert issues(le.ye1.record, make.tampered(leaf).record) is Link.SIGNATURE
    organization = "Let's Encrypt (imitation)"
    other_key = make.sign("YE1 (imitation)", le.ye, organization=organization, kind="P-384", key_name="other")
    assert issues(other_key.record, leaf.record) is Link.KEY_ID
    other_kind = make.sign("YE1 (imitation)", le.ye, organization=organization, kind="RSA 2048", key_ids=False)
    assert issues(other_kind.record, leaf.record) is Link.ALGORITHM


def test_the_chain_is_found_whatever_the_order() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1).record
    wanted = (leaf, *(part.record for part in le.intermediates()))
    shuffled = [le.x2_by_x1.record, le.ye_by_x2.record, le.ye1.record]
    assert chain.order(leaf, shuffled) == wanted


def test_roles_come_from_content() -> None:
    le = make.lets_encrypt_like()
    everything = [le.x1.record, le.x2.record, le.x2_by_x1.record, le.ye1.record]
    assert chain.role(le.x1.record, everything) is Role.ROOT
    assert chain.role(le.x2_by_x1.record, everything) is Role.CROSS_SIGNED
    assert chain.role(le.x2_by_x1.record) is Role.INTERMEDIATE
    assert chain.role(le.ye1.record, everything) is Role.INTERMEDIATE
    assert chain.role(make.leaf(le.ye1).record, everything) is Role.LEAF


def test_every_path_is_found_and_the_dead_ends_say_why() -> None:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1).record
    pool = [part.record for part in (*le.intermediates(), le.ye)]
    anchored = {path.certificates[-1].label for path in chain.build(leaf, pool, [le.x1.record, le.ye.record])}
    assert anchored == {"ISRG Root X1 (imitation)", "Root YE (imitation)"}
    dead = chain.build(leaf, pool[:2], [le.x1.record])
    assert [(path.anchored, path.reason, len(path.certificates)) for path in dead] == [(False, "missing-issuer", 3)]


def test_a_search_among_cross_signs_in_circles_ends() -> None:
    names = [f"CA {number}" for number in range(30)]
    plain = {each: make.sign(each, kind="P-256") for each in names}
    circle = [make.sign(one, plain[other]).record for one in names for other in names if one != other]
    leaf = make.leaf(plain["CA 0"]).record
    paths = chain.build(leaf, circle, [])
    assert 0 < len(paths) <= chain.MAX_PATHS


def test_the_root_of_a_chain_is_found_in_certifi_by_fingerprint() -> None:
    with open(certifi.where(), "rb") as file:  # noqa: PTH123 - certifi gives a string
        roots = read_pem(file.read())
    x1 = next(root for root in roots if root.sha256 == ISRG_ROOT_X1)
    found = catalog.root_for((x1,))
    assert found is not None
    assert (found.certificate.sha256, found.source) == (ISRG_ROOT_X1, "certifi")
    assert catalog.root_for((make.leaf(None).record,)) is None


def test_a_root_of_the_practice_world_is_found_where_it_is_given() -> None:
    le = make.lets_encrypt_like()
    served = (make.leaf(le.ye1).record, *(part.record for part in le.intermediates()))
    assert catalog.root_for(served) is None
    found = catalog.root_for(served, le.x1.pem)
    assert found is not None
    assert (found.certificate, found.source) == (le.x1.record, "extra")


def test_the_catalogue_is_dated_and_certifi_holds_the_roots_it_says() -> None:
    known = catalog.catalogue()
    assert datetime.fromisoformat(known.date) < make.NOW.replace(tzinfo=None)
    assert catalog.is_public_fingerprint(ISRG_ROOT_X1)
    new_roots = [fact for fact in catalog.named_like("CN=Root YE,O=ISRG") if fact.self_signed]
    assert new_roots
    assert all(fact.environment in {"production", "staging"} for fact in known.certificates)


def test_staging_is_known_by_name() -> None:
    staging = make.sign("(STAGING) Pretend Pear X1")
    assert catalog.is_staging(make.leaf(staging).record)
    assert not catalog.is_staging(make.leaf(make.lets_encrypt_like().ye1).record)


def test_a_key_is_compared_by_its_public_half() -> None:
    one, other = make.leaf(None, subject="one"), make.leaf(None, subject="other")
    assert key_facts(one.key_pem).spki_sha256 == one.record.spki_sha256
    assert key_facts(other.key_pem).spki_sha256 != one.record.spki_sha256
    locked = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase"))
    assert (key_facts(locked).spki_sha256, key_facts(locked).problem) == (None, "locked")
    assert key_facts(b"").problem == "empty"
    assert key_facts(one.pem).problem == "format"


@pytest.mark.parametrize(
    ("names", "host", "fits"),
    [
        (("mqtt.example.com",), "MQTT.example.com.", True),
        (("*.example.com",), "mqtt.example.com", True),
        (("*.example.com",), "a.mqtt.example.com", False),
        (("*.com",), "example.com", False),
        (("mqtt.example.com",), "example.com", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.1",), "localhost", False),
        (("::1",), "0:0:0:0:0:0:0:1", True),
        ((), "common-name.example.com", True),
        (("other.example.com",), "common-name.example.com", False),
    ],
)
def test_a_host_name_is_matched(names: tuple[str, ...], host: str, *, fits: bool) -> None:
    leaf = make.leaf(None, subject="common-name.example.com", names=names)
    assert is_for(leaf.record, host) is fits


def test_dates_far_away_are_dates() -> None:
    far = make.sign("far", days=(-27_000, 2_900_000))
    assert isinstance(far.record, Certificate)
    assert far.record.valid_at(datetime(9000, 1, 1, tzinfo=UTC))

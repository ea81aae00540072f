"""Whatever a file holds, a diagnosis or a clear error comes of it, in bounded time, and never a traceback."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tls import chain, repair
from services.tls.certificate import Certificate, from_der, to_pem
from services.tls.clients import KINDS, kinds
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, certificate_file, dump, key_file, load
from services.tls.pem import problem_of, read_all
from tests import chains as make

if TYPE_CHECKING:
    from services.tls.findings import Diagnosis

QUICK = settings(max_examples=60)


@cache
def one_leaf() -> make.Signed:
    return make.leaf(make.lets_encrypt_like().ye1)


@cache
def bundle() -> bytes:
    return make.bundle(one_leaf(), *make.lets_encrypt_like().intermediates())


def whole(chain_file: bytes, ca_file: bytes, host: str = make.HOST) -> Diagnosis:
    """Diagnose, word every finding, plan the repair, and send the evidence there and back."""
    evidence = Evidence(
        make.NOW, host=host, chain=certificate_file("chain.pem", chain_file), ca=certificate_file("ca.pem", ca_file)
    )
    diagnosis = diagnose(load(dump(evidence)))
    assert all(finding.what and finding.why and finding.fix for finding in diagnosis.findings)
    repair.plan(evidence, diagnosis)
    assert len(diagnosis.clients) == len(KINDS)
    return diagnosis


@QUICK
@given(st.binary(max_size=3_000))
def test_any_bytes_are_a_file(data: bytes) -> None:
    whole(data, data)
    key_file("key.pem", data)
    assert read_all(data) or problem_of(data)


@QUICK
@given(st.data())
def test_a_bundle_with_changed_bytes(data: st.DataObject) -> None:
    broken = bytearray(bundle())
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    whole(bytes(broken), make.lets_encrypt_like().x1.pem)
    whole(bundle(), bytes(broken))


@QUICK
@given(st.data())
def test_a_certificate_with_changed_bytes_inside(data: st.DataObject) -> None:
    """The PEM is sound, what it holds is not: the reader's own mistakes would show here."""
    le = make.lets_encrypt_like()
    der = bytearray(one_leaf().record.der)
    for _ in range(data.draw(st.integers(1, 6))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    read = from_der(bytes(der))
    if isinstance(read, Certificate):
        whole(to_pem(read) + make.bundle(*le.intermediates()), le.x1.pem)
        whole(bundle(), to_pem(read))


@QUICK
@given(st.integers(0, 8_000))
def test_a_bundle_that_is_cut_off(length: int) -> None:
    whole(bundle()[:length], make.lets_encrypt_like().x1.pem)


@QUICK
@given(st.permutations(range(6)), st.permutations(range(6)))
def test_any_order_of_served_and_trusted(served: list[int], trusted: list[int]) -> None:
    le = make.lets_encrypt_like()
    parts = (make.leaf(le.ye1), *le.intermediates(), le.x1, le.x2)
    whole(make.bundle(*(parts[place] for place in served)), make.bundle(*(parts[place] for place in trusted)))


@QUICK
@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_names_in_any_script(subject: str, host: str) -> None:
    try:
        signed = make.leaf(None, subject=subject)
    except ValueError:  # what a certificate cannot hold: too long when encoded, or a lone surrogate
        return
    whole(signed.pem, signed.pem, host)


@pytest.mark.parametrize("days", [(-28_000, -27_000), (-28_000, 2_900_000), (2_800_000, 2_900_000)])
def test_dates_in_1950_and_9999(days: tuple[float, float]) -> None:
    signed = make.leaf(None, days=days)
    diagnosis = whole(signed.pem, signed.pem)
    inside = days[0] <= 0 <= days[1]
    assert (diagnosis.verdict == "ok") is inside


def test_an_unknown_signature_algorithm_is_no_traceback() -> None:
    leaf = make.leaf(make.lets_encrypt_like().ye1).record.der
    ecdsa_sha256 = bytes.fromhex("06082a8648ce3d040302")
    strange = leaf.replace(ecdsa_sha256, bytes.fromhex("06082a8648ce3d04037f"))
    assert strange != leaf
    read = from_der(strange)
    pem = to_pem(read) if isinstance(read, Certificate) else b""
    assert whole(pem, make.lets_encrypt_like().x1.pem).verdict != "ok"


def test_thousands_of_certificates_and_duplicate_subjects_end_in_time() -> None:
    """Six hundred CAs of one name, each of which could be the issuer by name, and a file of four thousand."""
    key = make.key("one of many")
    many = b"".join(make.sign("One Name", sign_with=key, key_name=f"{number % 7}").pem for number in range(600))
    leaf = make.leaf(make.sign("One Name", key_name="another"))
    started = time.perf_counter()
    whole(leaf.pem, many)
    alone = time.perf_counter() - started
    started = time.perf_counter()
    whole(leaf.pem, many * 7)
    assert time.perf_counter() - started < 20 * alone + 5


def test_cross_signs_in_circles_end() -> None:
    names = [f"CA {number}" for number in range(25)]
    plain = {each: make.sign(each) for each in names}
    circle = [make.sign(one, plain[other]) for one in names for other in names if one != other]
    leaf = make.leaf(plain["CA 0"])
    diagnosis = whole(make.bundle(leaf, *circle), make.lets_encrypt_like().x1.pem)
    assert diagnosis.verdict == "failed"
    paths = chain.build(leaf.record, [each.record for each in circle], [])
    assert len(paths) <= chain.MAX_PATHS


def test_a_huge_certificate_is_a_certificate() -> None:
    names = tuple(f"host-{number}.example.com" for number in range(5_000))
    leaf = make.leaf(make.lets_encrypt_like().ye1, names=(*names, make.HOST))
    assert len(leaf.record.der) > 100_000
    le = make.lets_encrypt_like()
    assert whole(make.bundle(leaf, *le.intermediates()), le.x1.pem).verdict == "ok"


def test_a_kind_of_client_that_is_not_known_is_an_error() -> None:
    with pytest.raises(KeyError, match="netscape"):
        kinds(["openssl", "netscape"])
    assert [kind.name for kind in kinds(["MQTTX", "paho", "ESP32"])] == ["python", "node", "mbedtls"]

"""The ledger: what is refused before anything is made, numbers without a hole, and what a torn file leaves."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from services.devices.bench import Bench
from services.devices.issuer import key_sha256
from services.devices.issuing import Issued, Run
from services.devices.ledger import Ledger
from services.devices.listing import Choice, devices
from services.devices.names_file import read_names, wanted
from services.devices.places import FleetFolder
from services.devices.records import Rules, State, Terms
from services.devices.requests import read_requests
from services.devices.revocation import Reason, revoke, write_list
from services.errors import ServiceError
from services.pki.authority import Authority, certificate_pem, make_ca, make_csr
from services.pki.keys import belongs, generate_key, parse_private_key, private_pem
from services.pki.kinds import KeyType
from services.pki.names import distinguished_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from services.devices.records import Wanted

NOW = datetime.now(UTC)
FAST = KeyType.ECDSA_P256


@pytest.fixture(scope="module")
def ca() -> Authority:
    return make_ca(distinguished_name("Fleet CA"), generate_key(FAST), days=400, now=NOW)


@pytest.fixture
def fleet(tmp_path: Path) -> FleetFolder:
    (tmp_path / "fleet").mkdir()
    return FleetFolder(tmp_path / "fleet")


def issue(
    fleet: FleetFolder, ca: Authority, names: Iterable[Wanted], *, days: int = 365, rules: Rules | None = None
) -> Issued:
    rules = rules or Rules()
    with Ledger(fleet) as ledger:
        crl_url = ledger.bind(key_sha256(ca.key.public_key()), None)
        ledger.stage(names, rules)
        return Run(ledger, Bench(fleet.root, ca, crl_url), Terms(FAST, days), rules).issue()


def listed(fleet: FleetFolder) -> list[tuple[int, str, str]]:
    return [(device.number, device.name, device.state) for device in devices(fleet, Choice())]


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def request(folder: Path, name: str, cn: str | None = None) -> Path:
    path = folder / f"{name}.csr"
    path.write_bytes(certificate_pem(make_csr(distinguished_name(cn or name), generate_key(FAST))))
    return path


def test_every_name_gets_a_key_and_a_certificate_that_belong_together(fleet: FleetFolder, ca: Authority) -> None:
    assert issue(fleet, ca, wanted(["b", "a"])).made == 2
    for number, name in ((1, "b"), (2, "a")):
        certificate = load(fleet.certificate(number, name, 1))
        assert certificate.subject == distinguished_name(name)
        assert belongs(parse_private_key(fleet.key(number, name, 1).read_bytes()), certificate)
        assert stat.S_IMODE(fleet.key(number, name, 1).stat().st_mode) == 0o600
    assert stat.S_IMODE(fleet.ledger.stat().st_mode) == 0o600


def test_the_same_command_again_makes_only_what_is_missing(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a", "b"]))
    before = fleet.certificate(1, "a", 1).read_bytes()
    again = issue(fleet, ca, wanted(["a", "b", "c"]))
    assert (again.made, again.already, again.left) == (1, 2, 0)
    assert fleet.certificate(1, "a", 1).read_bytes() == before
    assert listed(fleet) == [(1, "a", "issued"), (2, "b", "issued"), (3, "c", "issued")]


def test_wrong_names_are_all_listed_with_their_lines_and_nothing_is_made(
    fleet: FleetFolder, ca: Authority, tmp_path: Path
) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\ufeffpump-1\r\n\n# a comment\na/b\npump-1\nPUMP-1\n" + "x" * 65 + "\n", "utf-8")
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, read_names(names))
    assert caught.value.id == "device-names-wrong"
    assert caught.value.facts["count"] == 4
    for words in ("line 4: “a/b”", "line 5: “pump-1” is there twice (line 1)", "line 6: “PUMP-1” differs", "line 7:"):
        assert words in caught.value.details
    assert listed(fleet) == []
    assert sorted(path.name for path in fleet.root.iterdir()) == ["ledger.sqlite"]


def test_a_long_list_of_wrong_names_says_how_many_more(fleet: FleetFolder, ca: Authority) -> None:
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, wanted(f"a/{number}" for number in range(50)))
    assert caught.value.facts["count"] == 50
    assert "and 30 more" in caught.value.details


def test_a_file_that_is_no_text_is_named(tmp_path: Path, fleet: FleetFolder, ca: Authority) -> None:
    (tmp_path / "names").write_bytes(b"ok\n\xff\xfe\n")
    with pytest.raises(ServiceError, match="no list of names") as caught:
        issue(fleet, ca, read_names(tmp_path / "names"))
    assert caught.value.facts["number"] == 2


def test_a_name_in_other_letters_than_the_ledger_s_is_refused(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["pump"]))
    with pytest.raises(ServiceError, match="cannot be used") as caught:
        issue(fleet, ca, wanted(["Pump"]))
    assert "the ledger" in caught.value.details


def test_another_ca_cannot_issue_into_the_same_folder(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a"]))
    other = make_ca(distinguished_name("Fleet CA"), generate_key(FAST), days=30, now=NOW)
    with pytest.raises(ServiceError, match="another CA"):
        issue(fleet, other, wanted(["b"]))


def test_a_revoked_name_gets_no_new_certificate_unasked(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a", "b"]))
    with Ledger(fleet) as ledger:
        assert revoke(ledger, ["a"], Reason.KEY_COMPROMISE, NOW) == 1
        assert revoke(ledger, ["a"], Reason.SUPERSEDED, NOW) == 0
    passed = issue(fleet, ca, wanted(["a", "b"]))
    assert (passed.made, passed.already, passed.revoked) == (0, 1, 1)
    assert issue(fleet, ca, wanted(["a"]), rules=Rules(revoked_too=True)).made == 1
    assert fleet.certificate(3, "a", 2).exists()
    assert listed(fleet) == [(1, "a", "revoked"), (2, "b", "issued"), (3, "a", "issued")]


def test_renewal_makes_a_new_one_beside_the_old_and_revoking_takes_both(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a"]), days=10)
    soon = Rules(renew_before=int((NOW + timedelta(days=30)).timestamp()))
    assert issue(fleet, ca, wanted(["a"]), rules=soon).made == 1
    assert issue(fleet, ca, wanted(["a"]), rules=soon).already == 1
    assert listed(fleet) == [(1, "a", "superseded"), (2, "a", "issued")]
    assert fleet.certificate(1, "a", 1).exists()
    with Ledger(fleet) as ledger:
        assert revoke(ledger, ["a"], Reason.CESSATION, NOW) == 2


def test_an_unknown_name_stops_a_revocation_as_a_whole(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a"]))
    with Ledger(fleet) as ledger, pytest.raises(ServiceError, match="1 name has no certificate"):
        revoke(ledger, ["a", "nobody"], Reason.UNSPECIFIED, NOW)
    assert listed(fleet) == [(1, "a", "issued")]


def test_the_list_s_number_only_rises_and_ended_certificates_leave_it(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["short"]), days=10)
    issue(fleet, ca, wanted(["long"]), days=300)
    with Ledger(fleet) as ledger:
        revoke(ledger, ["short", "long"], Reason.SUPERSEDED, NOW)
        lists = [write_list(ledger, ca, days=7, crl_url="", now=NOW + timedelta(days=day)) for day in (0, 1, 20)]
    assert [(one.number, one.entries) for one in lists] == [(1, 2), (2, 2), (3, 1)]
    crl = x509.load_pem_x509_crl(fleet.crl.read_bytes())
    assert crl.is_signature_valid(ca.certificate.public_key())  # type: ignore[arg-type]  # the union of key types
    assert crl.next_update_utc == (NOW + timedelta(days=27)).replace(microsecond=0)


def test_the_address_of_the_list_is_fixed_by_the_first_certificate(fleet: FleetFolder, ca: Authority) -> None:
    key = key_sha256(ca.key.public_key())
    with Ledger(fleet) as ledger:
        ledger.bind(key, "http://crl.example.test/old.pem")
        assert ledger.bind(key, "http://crl.example.test/crl.pem") == "http://crl.example.test/crl.pem"
    issue(fleet, ca, wanted(["a"]))
    points = load(fleet.certificate(1, "a", 1)).extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name == [x509.UniformResourceIdentifier("http://crl.example.test/crl.pem")]
    with Ledger(fleet) as ledger, pytest.raises(ServiceError, match="cannot become"):
        ledger.bind(key, "http://crl.example.test/other.pem")


def test_requests_that_prove_nothing_are_all_listed_and_none_is_signed(
    fleet: FleetFolder, ca: Authority, tmp_path: Path
) -> None:
    good = request(tmp_path, "good")
    tampered = request(tmp_path, "tampered")
    der = x509.load_pem_x509_csr(tampered.read_bytes()).public_bytes(Encoding.DER)
    tampered.write_bytes(der.replace(b"tampered", b"impostor"))
    hostile = request(tmp_path, "hostile", "../up")
    nonsense = tmp_path / "nonsense.csr"
    nonsense.write_text("-----BEGIN nothing-----")
    weak = tmp_path / "weak.csr"
    weak.write_bytes(certificate_pem(make_csr(distinguished_name("weak"), _weak_key())))
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, read_requests([good, tampered, hostile, nonsense, weak, tmp_path / "absent.csr"]))
    assert (caught.value.id, caught.value.facts["count"]) == ("device-requests-wrong", 5)
    assert "good" not in caught.value.details
    assert listed(fleet) == []


def test_a_signed_request_keeps_the_device_s_key_and_leaves_none_here(
    fleet: FleetFolder, ca: Authority, tmp_path: Path
) -> None:
    path = request(tmp_path, "own")
    assert issue(fleet, ca, read_requests([path])).made == 1
    assert issue(fleet, ca, read_requests([path])).already == 1
    csr = x509.load_pem_x509_csr(path.read_bytes())
    assert load(fleet.certificate(1, "own", 1)).public_key() == csr.public_key()
    assert not fleet.key(1, "own", 1).exists()


def test_one_key_is_not_signed_for_two_devices_nor_two_keys_for_one(
    fleet: FleetFolder, ca: Authority, tmp_path: Path
) -> None:
    key = generate_key(FAST)
    paths = [tmp_path / "one.csr", tmp_path / "two.csr"]
    for path in paths:
        path.write_bytes(certificate_pem(make_csr(distinguished_name(path.stem), key)))
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, read_requests(paths))
    assert "same key as “one”" in caught.value.details
    issue(fleet, ca, read_requests(paths[:1]))
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, read_requests(paths[1:]))
    assert "same key as “one”" in caught.value.details
    with pytest.raises(ServiceError) as caught:
        issue(fleet, ca, read_requests([request(tmp_path, "one")]))
    assert "for another key" in caught.value.details


@pytest.mark.parametrize("torn", [b"", b"\0" * 200, b"-----BEGIN CERTIFICATE-----\nMIIB"])
@pytest.mark.parametrize("which", ["key", "certificate"])
def test_a_file_that_power_took_in_the_middle_is_made_anew(
    fleet: FleetFolder, ca: Authority, torn: bytes, which: str
) -> None:
    issue(fleet, ca, wanted(["a"]))
    old = load(fleet.certificate(1, "a", 1)).serial_number
    _unfinish(fleet)
    (fleet.key if which == "key" else fleet.certificate)(1, "a", 1).write_bytes(torn)
    if which == "key":
        fleet.certificate(1, "a", 1).unlink()
    assert issue(fleet, ca, wanted(["a"])).made == 1
    certificate = load(fleet.certificate(1, "a", 1))
    assert belongs(parse_private_key(fleet.key(1, "a", 1).read_bytes()), certificate)
    assert certificate.serial_number != old
    assert [device.serial for device in devices(fleet, Choice())] == [certificate.serial_number]


def test_what_a_killed_run_left_whole_is_kept_as_it_is(fleet: FleetFolder, ca: Authority) -> None:
    issue(fleet, ca, wanted(["a"]))
    before = fleet.certificate(1, "a", 1).read_bytes(), fleet.key(1, "a", 1).read_bytes()
    _unfinish(fleet)
    issue(fleet, ca, wanted([]))
    assert before == (fleet.certificate(1, "a", 1).read_bytes(), fleet.key(1, "a", 1).read_bytes())
    fleet.certificate(1, "a", 1).unlink()
    _unfinish(fleet)
    issue(fleet, ca, wanted([]))
    assert fleet.key(1, "a", 1).read_bytes() == before[1]


def test_a_stranger_s_file_at_the_place_is_left_alone_and_named(fleet: FleetFolder, ca: Authority) -> None:
    path = fleet.key(2, "b", 1)
    path.parent.mkdir(parents=True)
    path.write_bytes(private_pem(generate_key(KeyType.ECDSA_P384)))
    strange = path.read_bytes()
    for _ in range(2):  # at first, and when it is taken up again
        with pytest.raises(ServiceError) as caught:
            issue(fleet, ca, wanted(["a", "b", "c"]))
        assert caught.value.facts["path"] == path
        assert path.read_bytes() == strange
    path.unlink()
    issue(fleet, ca, wanted(["a", "b", "c"]))
    assert [state for _, _, state in listed(fleet)] == [State.ISSUED] * 3


def test_a_damaged_or_newer_ledger_is_named(fleet: FleetFolder) -> None:
    fleet.ledger.write_bytes(b"this is no database, and long enough to be taken for one" * 20)
    with pytest.raises(ServiceError) as caught:
        Ledger(fleet)
    assert caught.value.id == "devices-ledger-broken"
    fleet.ledger.unlink()
    with sqlite3.connect(fleet.ledger) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ServiceError) as caught:
        Ledger(fleet)
    assert caught.value.id == "devices-ledger-newer"


def test_where_nothing_was_issued_there_is_nothing_to_list(fleet: FleetFolder) -> None:
    with pytest.raises(ServiceError, match="no device certificates"):
        list(devices(fleet, Choice()))


def _unfinish(fleet: FleetFolder) -> None:
    """Make the ledger as a killed run leaves it: everything reserved, nothing known to be made."""
    connection = sqlite3.connect(fleet.ledger)
    with connection:
        connection.execute("UPDATE device SET state = 'reserved', not_before = NULL, not_after = NULL, sha256 = NULL")
    connection.close()


def _weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused

"""The practice world's CAs have the shape of Let's Encrypt's, and OpenSSL agrees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import crypto

from services.practice.ca_shape import shift_years
from services.practice.hierarchy import Hierarchy, pem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.practice.hierarchy import Chain

NAME = "mqtt.example.test"
_ECDSA = ec.generate_private_key(ec.SECP256R1()).public_key()
_RSA = rsa.generate_private_key(65537, 2048).public_key()


@pytest.fixture(scope="module")
def hierarchy() -> Hierarchy:
    made = Hierarchy()
    made.publish_at("http://127.0.0.1:1/")
    return made


def _names(chain: Chain) -> list[str]:
    return [str(one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) for one in chain]


def _verify(chain: Chain, anchors: Iterable[x509.Certificate], at: datetime | None = None) -> None:
    """OpenSSL's strict verdict on a served chain; raises X509StoreContextError."""
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    if at is not None:
        store.set_time(at)
    for anchor in anchors:
        store.add_cert(crypto.X509.from_cryptography(anchor))
    leaf, *others = (crypto.X509.from_cryptography(one) for one in chain)
    crypto.X509StoreContext(store, leaf, others).verify_certificate()


def test_chains_are_those_of_today(hierarchy: Hierarchy) -> None:
    ecdsa = [_names(chain) for chain in hierarchy.issue(_ECDSA, (NAME,)).chains]
    whole = [NAME, "(PRACTICE) YE1", "(PRACTICE) Root YE", "(PRACTICE) ISRG Root X2"]
    assert ecdsa == [whole, whole[:3], whole[:2]]
    rsa_chains = [_names(chain) for chain in hierarchy.issue(_RSA, (NAME,), intermediate=2).chains]
    whole = [NAME, "(PRACTICE) YR2", "(PRACTICE) Root YR"]
    assert rsa_chains == [whole, whole[:2]]


@pytest.mark.parametrize("key", [_ECDSA, _RSA], ids=["ecdsa", "rsa"])
def test_the_default_chain_ends_at_x1_and_its_topmost_certificate_is_no_root(
    hierarchy: Hierarchy, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
) -> None:
    chain = hierarchy.issue(key, (NAME,)).chains[0]
    x1, x2 = hierarchy.roots()
    _verify(chain, [x1])
    assert chain[-1].issuer == x1.subject
    assert chain[-1].subject != chain[-1].issuer
    with pytest.raises(crypto.X509StoreContextError, match="unable to get issuer certificate"):
        _verify(chain, [chain[-1]])
    with pytest.raises(crypto.X509StoreContextError, match="unable to get local issuer certificate"):
        _verify(chain[:1], [x1, x2])


def test_alternate_chains_end_at_their_own_roots(hierarchy: Hierarchy) -> None:
    _, to_x2, to_ye = hierarchy.issue(_ECDSA, (NAME,)).chains
    _verify(to_x2, [hierarchy.certificate("X2", "X2")])
    _verify(to_ye, [hierarchy.certificate("YE", "YE")])
    _verify(hierarchy.issue(_RSA, (NAME,)).chains[1], [hierarchy.certificate("YR", "YR")])


def test_a_leaf_is_of_the_classic_profile(hierarchy: Hierarchy) -> None:
    leaf = hierarchy.issue(_ECDSA, (NAME, f"*.{NAME}")).leaf
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=90, seconds=-1)
    extensions = leaf.extensions
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME, f"*.{NAME}"]
    (issuer,) = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert issuer.access_location.value == "http://127.0.0.1:1/i/ye1"
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment
    for_rsa = hierarchy.issue(_RSA, (NAME,)).leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert for_rsa.key_encipherment


def test_key_identifiers_link_each_certificate_to_the_next(hierarchy: Hierarchy) -> None:
    chain = (*hierarchy.issue(_ECDSA, (NAME,)).chains[0], hierarchy.certificate("X1"))
    for lower, upper in pairwise(chain):
        wanted = lower.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        assert wanted == upper.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_issuing_cas_may_sign_leaves_only(hierarchy: Hierarchy) -> None:
    lengths = {
        name: hierarchy.certificate(name).extensions.get_extension_for_class(x509.BasicConstraints).value.path_length
        for name in ("YE1", "YR1", "YE", "YR", "X2", "X1")
    }
    assert lengths == {"YE1": 0, "YR1": 0, "YE": None, "YR": None, "X2": None, "X1": None}


def test_a_cross_signed_root_has_one_key_and_several_certificates(hierarchy: Hierarchy) -> None:
    for authority, by in (("X2", "X1"), ("YE", "X2"), ("YR", "X1")):
        crossed, rooted = hierarchy.certificate(authority, by), hierarchy.certificate(authority, authority)
        assert crossed != rooted
        assert crossed.subject == rooted.subject
        assert crossed.public_key() == rooted.public_key()


def test_an_expired_leaf_fails_for_its_date_only(hierarchy: Hierarchy) -> None:
    issued = hierarchy.expired_leaf(_ECDSA, (NAME,))
    anchors = hierarchy.roots()
    with pytest.raises(crypto.X509StoreContextError, match="certificate has expired"):
        _verify(issued.chains[0], anchors)
    _verify(issued.chains[0], anchors, at=issued.leaf.not_valid_after_utc - timedelta(days=1))


def test_a_leaf_for_another_name_is_otherwise_fine(hierarchy: Hierarchy) -> None:
    issued = hierarchy.leaf_for_other_name(_ECDSA)
    _verify(issued.chains[0], hierarchy.roots())
    assert NAME not in issued.names


def test_a_lookalike_intermediate_breaks_the_chain(hierarchy: Hierarchy) -> None:
    leaf, issuer, *above = hierarchy.issue(_ECDSA, (NAME,)).chains[0]
    stranger = hierarchy.lookalike(issuer)
    assert stranger.subject == issuer.subject
    assert stranger.public_key() != issuer.public_key()
    with pytest.raises(crypto.X509StoreContextError, match="unable to get local issuer certificate"):
        _verify((leaf, stranger, *above), hierarchy.roots())
    with pytest.raises(KeyError):
        hierarchy.lookalike(leaf)


def test_staging_names_cannot_be_mistaken() -> None:
    chain = Hierarchy(staging=True).issue(_ECDSA, (NAME,)).chains[0]
    assert all(name.startswith("(PRACTICE STAGING) ") for name in _names(chain)[1:])


def test_an_unpublished_hierarchy_names_no_address() -> None:
    alone = Hierarchy()
    leaf = alone.issue(_ECDSA, (NAME,)).leaf
    with pytest.raises(x509.ExtensionNotFound):
        leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    with pytest.raises(RuntimeError):
        alone.publish_at("http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (datetime(2026, 5, 13, tzinfo=UTC), 0),
        (datetime(2026, 11, 24, tzinfo=UTC), 0),
        (datetime(2027, 5, 12, tzinfo=UTC), 0),
        (datetime(2027, 5, 13, tzinfo=UTC), 1),
        (datetime(2026, 5, 12, tzinfo=UTC), -1),
        (datetime(2028, 2, 29, tzinfo=UTC), 1),
    ],
)
def test_a_world_of_any_year_has_living_cas(now: datetime, years: int) -> None:
    assert shift_years(now) == years
    made = Hierarchy(lambda: now)
    _verify(made.issue(_ECDSA, (NAME,)).chains[0], made.roots(), at=now)


def test_the_lifetime_can_be_set() -> None:
    leaf = Hierarchy(lifetime=timedelta(days=45)).issue(_ECDSA, (NAME,)).leaf
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=45, seconds=-1)


def test_pem_files_hold_the_certificates_in_order(hierarchy: Hierarchy) -> None:
    issued = hierarchy.issue(_ECDSA, (NAME,))
    assert tuple(x509.load_pem_x509_certificates(issued.fullchain_pem().encode())) == issued.chains[0]
    assert tuple(x509.load_pem_x509_certificates(hierarchy.roots_pem().encode())) == hierarchy.roots()
    assert pem(issued.chains[2]) == issued.fullchain_pem(2)

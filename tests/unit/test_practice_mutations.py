"""What the deployment's faults make of chains of any length."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from services.practice.deployment import mutations
from services.practice.deployment.forge import ThrowAwayAuthority, lookalike
from services.practice.deployment.material import ServerIdentity, key_belongs
from services.practice.hierarchy import Hierarchy

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ("mqtt.example.test", "*.example.test")
HIERARCHY = Hierarchy(lambda: NOW)
AUTHORITY = ThrowAwayAuthority(lambda: NOW, "Throw-away")


def identity(length: int) -> ServerIdentity:
    key = ec.generate_private_key(ec.SECP256R1())
    return ServerIdentity(HIERARCHY.issue(key.public_key(), NAMES).chains[0][:length], key)


@pytest.mark.parametrize(("length", "left"), [(4, (0, 1, 3)), (3, (0, 1)), (2, (0,)), (1, (0,))])
def test_an_incomplete_chain_lacks_one_certificate_and_never_the_leaf(length: int, left: tuple[int, ...]) -> None:
    whole = identity(length)
    assert mutations.incomplete(whole).chain == tuple(whole.chain[position] for position in left)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_only_the_leaf(length: int) -> None:
    whole = identity(length)
    assert mutations.leaf_only(whole).chain == (whole.leaf,)


@pytest.mark.parametrize("forge", [HIERARCHY, AUTHORITY])
def test_a_mixed_chain_breaks_between_leaf_and_intermediate(forge: Hierarchy | ThrowAwayAuthority) -> None:
    whole = identity(4)
    leaf, wrong, *above = mutations.mixed(whole, forge).chain
    assert (leaf, *above) == (whole.chain[0], *whole.chain[2:])
    assert (wrong.subject, wrong.issuer) == (whole.chain[1].subject, whole.chain[1].issuer)
    with pytest.raises(InvalidSignature):
        leaf.verify_directly_issued_by(wrong)


def test_a_chain_without_intermediates_cannot_be_mixed() -> None:
    whole = identity(1)
    assert mutations.mixed(whole, HIERARCHY) == whole


def test_a_strangers_intermediate_gets_a_lookalike_too() -> None:
    whole = identity(2)
    foreign = ServerIdentity((whole.leaf, AUTHORITY.certificate), whole.key)
    wrong = mutations.mixed(foreign, HIERARCHY).chain[1]
    assert wrong.subject == AUTHORITY.certificate.subject
    assert wrong.public_key() != AUTHORITY.certificate.public_key()
    assert lookalike(wrong).public_key() != wrong.public_key()


@pytest.mark.parametrize("forge", [HIERARCHY, AUTHORITY])
def test_an_expired_leaf_has_the_names_a_key_of_its_own_and_a_sound_chain(
    forge: Hierarchy | ThrowAwayAuthority,
) -> None:
    whole = identity(4)
    faulty = mutations.expired(whole, forge)
    assert faulty.leaf.not_valid_after_utc < NOW
    assert mutations.dns_names(faulty.leaf) == NAMES
    assert key_belongs(faulty)
    assert faulty.key.public_key() != whole.key.public_key()
    for certificate, issuer in pairwise(faulty.chain):
        certificate.verify_directly_issued_by(issuer)


@pytest.mark.parametrize("forge", [HIERARCHY, AUTHORITY])
def test_a_misnamed_leaf_is_valid_for_another_name(forge: Hierarchy | ThrowAwayAuthority) -> None:
    faulty = mutations.misnamed(identity(4), forge)
    assert not set(mutations.dns_names(faulty.leaf)) & set(NAMES)
    assert faulty.leaf.not_valid_before_utc < NOW < faulty.leaf.not_valid_after_utc
    assert key_belongs(faulty)


def test_faults_add_up_and_those_of_others_are_ignored() -> None:
    whole = identity(4)
    faulty = mutations.mutate(whole, frozenset({"server-expired", "server-chain-incomplete", "dns-missing"}), HIERARCHY)
    assert faulty.leaf.not_valid_after_utc < NOW
    assert len(faulty.chain) == 3
    assert mutations.mutate(whole, frozenset({"dns-missing"}), HIERARCHY) == whole

"""What the deployment's faults make of the certificate chain that it was given. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from services.practice.deployment.forge import lookalike, new_key_like
from services.practice.deployment.material import ServerIdentity

if TYPE_CHECKING:
    from services.practice.deployment.forge import Forge

CHAIN_FAULTS = frozenset(
    {"server-leaf-only", "server-chain-incomplete", "server-chain-mixed", "server-expired", "hostname-mismatch"}
)
_FIRST_INTERMEDIATE = 1
_SECOND_INTERMEDIATE = 2


def mutate(identity: ServerIdentity, faults: frozenset[str], forge: Forge) -> ServerIdentity:
    """What is shown instead of `identity` while `faults` are active; those of another kind are ignored.

    The leaf is replaced first (it can be expired or misnamed, not both), then the chain is mixed, then cut.
    """
    if "server-expired" in faults:
        identity = expired(identity, forge)
    elif "hostname-mismatch" in faults:
        identity = misnamed(identity, forge)
    if "server-chain-mixed" in faults:
        identity = mixed(identity, forge)
    if "server-chain-incomplete" in faults:
        identity = incomplete(identity)
    if "server-leaf-only" in faults:
        identity = leaf_only(identity)
    return identity


def leaf_only(identity: ServerIdentity) -> ServerIdentity:
    """Only the leaf: cert.pem was uploaded instead of fullchain.pem."""
    return ServerIdentity(identity.chain[:1], identity.key)


def incomplete(identity: ServerIdentity) -> ServerIdentity:
    """The chain without its second intermediate, so that it fails under any root; without its only one, if so."""
    missing = min(_SECOND_INTERMEDIATE, len(identity.chain) - 1)
    kept = (each for position, each in enumerate(identity.chain) if position == 0 or position != missing)
    return ServerIdentity(tuple(kept), identity.key)


def mixed(identity: ServerIdentity, forge: Forge) -> ServerIdentity:
    """The first intermediate is one of the same name with another key; a chain without intermediates stays."""
    chain = list(identity.chain)
    if len(chain) > _FIRST_INTERMEDIATE:
        chain[_FIRST_INTERMEDIATE] = _lookalike(chain[_FIRST_INTERMEDIATE], forge)
    return ServerIdentity(tuple(chain), identity.key)


def expired(identity: ServerIdentity, forge: Forge) -> ServerIdentity:
    """An expired leaf for the same names and a new key, with the chain of its own CA."""
    key = new_key_like(identity.key.public_key())
    return ServerIdentity(forge.expired_leaf(key.public_key(), dns_names(identity.leaf)).chains[0], key)


def misnamed(identity: ServerIdentity, forge: Forge) -> ServerIdentity:
    """A valid leaf for another name and a new key, with the chain of its own CA."""
    key = new_key_like(identity.key.public_key())
    return ServerIdentity(forge.leaf_for_other_name(key.public_key()).chains[0], key)


def dns_names(leaf: x509.Certificate) -> tuple[str, ...]:
    """The DNS names of a leaf, or its common name where it has none."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return tuple(str(each.value) for each in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME))
    return tuple(names.get_values_for_type(x509.DNSName))


def _lookalike(certificate: x509.Certificate, forge: Forge) -> x509.Certificate:
    try:
        return forge.lookalike(certificate)
    except KeyError:  # somebody else's certificate was uploaded
        return lookalike(certificate)

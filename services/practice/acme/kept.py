"""What of the practice CA outlives its process: the accounts, and the certificates with what became of them.

Orders, authorizations and nonces are not kept: a client that was interrupted begins a new order. Neither are the
buckets of the rate limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from cryptography import x509
from josepy.jwk import JWK

from services.practice.acme.model import Account, Certificate, Store
from services.practice.ca_profiles import RevokedSerial
from services.practice.hierarchy import Issued, pem

if TYPE_CHECKING:
    from services.practice.hierarchy import Chain


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """An account: its public key as a JSON Web Key."""

    id: int
    key: dict[str, Any]
    contact: tuple[str, ...]
    created: datetime
    status: Literal["valid", "deactivated"]


@dataclass(frozen=True, slots=True)
class KeptRevocation:
    """When and why (RFC 5280, 5.3.1, as its name there) a certificate was revoked."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """An issued certificate: each chain it can be served with as PEM, the default first."""

    account: int
    names: tuple[str, ...]
    chains: tuple[str, ...]
    issuer: str
    replaced: bool
    revoked: KeptRevocation | None


@dataclass(frozen=True, slots=True)
class KeptCa:
    """All of it."""

    accounts: tuple[KeptAccount, ...]
    certificates: tuple[KeptCertificate, ...]


def keep(store: Store) -> KeptCa:
    """Copy what `store` holds now."""
    with store.lock:
        accounts = tuple(
            KeptAccount(one.id, one.key.public_key().to_json(), one.contact, one.created, one.status)
            for one in store.accounts.values()
        )
        return KeptCa(accounts, tuple(map(_keep_certificate, store.certificates.values())))


def restore(store: Store, kept: KeptCa) -> None:
    """Put `kept` into the empty `store`; later records get numbers of their own."""
    with store.lock:
        for one in kept.accounts:
            key = cast("JWK", JWK.from_json(one.key))
            store.accounts[one.id] = Account(one.id, key, one.contact, one.created, one.status)
        while store.new_id() < max(store.accounts, default=0):
            pass
        for each in kept.certificates:
            certificate = _restore_certificate(each)
            store.certificates[f"{certificate.issued.leaf.serial_number:x}"] = certificate


def _keep_certificate(one: Certificate) -> KeptCertificate:
    revoked = KeptRevocation(one.revoked.at, one.revoked.reason.value) if one.revoked else None
    chains = tuple(map(pem, one.issued.chains))
    return KeptCertificate(one.account, one.issued.names, chains, one.issuer, one.replaced, revoked)


def _restore_certificate(kept: KeptCertificate) -> Certificate:
    chains: tuple[Chain, ...] = tuple(tuple(x509.load_pem_x509_certificates(each.encode())) for each in kept.chains)
    issued = Issued(kept.names, chains)
    revoked = None
    if kept.revoked:
        revoked = RevokedSerial(issued.leaf.serial_number, kept.revoked.at, x509.ReasonFlags(kept.revoked.reason))
    return Certificate(kept.account, issued, kept.issuer, kept.replaced, revoked)

"""Certificates for the faults: from the practice world's hierarchy where there is one, else from a throw-away CA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.practice.deployment.material import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.practice.deployment.material import PrivateKey

Chain = tuple[x509.Certificate, ...]
Extensions = tuple[tuple[x509.ExtensionType, bool], ...]
_DAY = timedelta(days=1)
_YEAR = timedelta(days=365)
_OTHER_NAME = "other.example.test"


class Issued(Protocol):
    """A leaf with the chains that it can be served with."""

    @property
    def chains(self) -> Sequence[Chain]:
        """Each with the leaf first and without the root; the default chain first."""
        ...


class Forge(Protocol):
    """What the faults need of a CA; `services.practice.hierarchy.Hierarchy` has it."""

    def expired_leaf(self, public_key: PublicKey, names: Sequence[str]) -> Issued:
        """A leaf whose validity has ended, under CAs that are valid."""
        ...

    def leaf_for_other_name(self, public_key: PublicKey) -> Issued:
        """A valid leaf for a name that nobody asked for."""
        ...

    def lookalike(self, certificate: x509.Certificate) -> x509.Certificate:
        """A CA certificate of the same name with another key; KeyError where it did not make `certificate`."""
        ...


@dataclass(frozen=True, slots=True)
class _Leaf:
    chains: tuple[Chain, ...]


class ThrowAwayAuthority:
    """A CA made on the spot, which nobody trusts: signs the default certificate, and is a `Forge` where none is given.

    Args:
        clock: gives the time, aware.
        name: the CA's common name.
    """

    def __init__(self, clock: Callable[[], datetime], name: str) -> None:
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name(name)
        public_key = self._key.public_key()
        self.certificate = self._sign(self._name, public_key, (-_DAY, 10 * _YEAR), _ca_extensions(public_key))

    def leaf(self, public_key: PublicKey, names: Sequence[str]) -> _Leaf:
        """A valid leaf; its issuer is the root itself."""
        return self._leaf(public_key, names, (-_DAY, _YEAR))

    def expired_leaf(self, public_key: PublicKey, names: Sequence[str]) -> _Leaf:
        """A leaf whose validity ended yesterday."""
        return self._leaf(public_key, names, (-_YEAR, -_DAY))

    def leaf_for_other_name(self, public_key: PublicKey) -> _Leaf:
        """A valid leaf for a name that nobody asked for."""
        return self.leaf(public_key, (_OTHER_NAME,))

    def lookalike(self, certificate: x509.Certificate) -> x509.Certificate:
        """See `lookalike`."""
        return lookalike(certificate)

    def _leaf(self, public_key: PublicKey, names: Sequence[str], span: tuple[timedelta, timedelta]) -> _Leaf:
        extensions: Extensions = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage(digital_signature=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), False),
            (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
        )
        return _Leaf(((self._sign(_common_name(names[0]), public_key, span, extensions),),))

    def _sign(
        self, subject: x509.Name, public_key: PublicKey, span: tuple[timedelta, timedelta], extensions: Extensions
    ) -> x509.Certificate:
        now = self._clock().astimezone(UTC).replace(microsecond=0)
        return _signed(_Draft(subject, self._name, public_key, now + span[0], now + span[1]), extensions, self._key)


@dataclass(frozen=True, slots=True)
class _Draft:
    subject: x509.Name
    issuer: x509.Name
    public_key: PublicKey
    not_before: datetime
    not_after: datetime


def lookalike(certificate: x509.Certificate) -> x509.Certificate:
    """A CA certificate with the names and dates of `certificate`, another key, and a stranger's signature."""
    public_key = new_key_like(certificate.public_key()).public_key()
    draft = _Draft(
        certificate.subject,
        certificate.issuer,
        public_key,
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )
    return _signed(draft, _ca_extensions(public_key), ec.generate_private_key(ec.SECP256R1()))


def new_key_like(public_key: object) -> PrivateKey:
    """A new key of the type and size of `public_key`; P-256 for what is neither RSA nor ECDSA."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return rsa.generate_private_key(65537, public_key.key_size)
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return ec.generate_private_key(public_key.curve)
    return ec.generate_private_key(ec.SECP256R1())


def _signed(draft: _Draft, extensions: Extensions, key: PrivateKey) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        draft.issuer,
        draft.subject,
        draft.public_key,
        x509.random_serial_number(),
        draft.not_before,
        draft.not_after,
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _ca_extensions(public_key: PublicKey) -> Extensions:
    return (
        (x509.BasicConstraints(ca=True, path_length=None), True),
        (_key_usage(key_cert_sign=True, crl_sign=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(public_key), False),
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )

"""Certificates of every kind, right and wrong, for the tests of services.tls; made as they are needed, keys kept."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from services.tls.certificate import Certificate, from_der, to_pem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOST = "localhost"
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def key(name: str, kind: str = "P-256") -> Key:  # noqa: ARG001 - the cache goes by it
    """Return the key called `name`: the same one each time, so that cross-signs share it."""
    if kind.startswith("RSA"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("RSA ")))
    return ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}[kind])


def key_pem(private: Key) -> bytes:
    """Return `private` as PKCS#8 PEM."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Signed:
    """A certificate with its private key."""

    record: Certificate
    parsed: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return to_pem(self.record)

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)


def name(common_name: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "US")] if organization else []
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def sign(
    subject: str,
    issuer: Signed | None = None,
    *,
    ca: bool = True,
    organization: str = "",
    issuer_name: x509.Name | None = None,
    kind: str = "P-256",
    key_name: str = "",
    days: tuple[float, float] = (-30, 400),
    names: Sequence[str] = (),
    purposes: Sequence[Any] = (),
    key_ids: bool = True,
    path_length: int | None = None,
    cert_sign: bool = True,
    digest: hashes.SHA256 | hashes.SHA384 | None = None,
    aia: str = "",
    aki: x509.AuthorityKeyIdentifier | None = None,
    sign_with: Key | None = None,
) -> Signed:
    """Return a certificate for `subject` by `issuer` (None: self-signed); everything else can be bent."""
    private = key(key_name or subject, kind)
    signer = sign_with or (issuer.key if issuer else private)
    subject_name = name(subject, organization)
    by = issuer_name or (issuer.parsed.subject if issuer else subject_name)
    builder = x509.CertificateBuilder(by, subject_name, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(NOW + days[0] * DAY).not_valid_after(NOW + days[1] * DAY)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=ca, path_length=path_length if ca else None), critical=True
    )
    builder = builder.add_extension(_usage(sign_certificates=ca and cert_sign), critical=True)
    if key_ids:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        of_issuer = issuer.key.public_key() if issuer else private.public_key()
        found = aki or x509.AuthorityKeyIdentifier.from_issuer_public_key(of_issuer)
        builder = builder.add_extension(found, critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(each) for each in names]), critical=False)
    if aia:
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    parsed = builder.sign(signer, digest or hashes.SHA256())
    return of(parsed, private)


def of(parsed: x509.Certificate, private: Key) -> Signed:
    record = from_der(parsed.public_bytes(Encoding.DER))
    assert isinstance(record, Certificate)
    return Signed(record, parsed, private)


def leaf(issuer: Signed | None, host: str = HOST, **bent: Any) -> Signed:
    """Return a server's certificate for `host`."""
    usual: dict[str, Any] = {"ca": False, "names": (host,), "purposes": (SERVER,), "days": (-10, 80)}
    bent = usual | bent
    return sign(bent.pop("subject", host), issuer, **bent)


def client(issuer: Signed | None, **bent: Any) -> Signed:
    """Return a client's certificate."""
    usual: dict[str, Any] = {"ca": False, "purposes": (CLIENT,), "days": (-10, 300)}
    bent = usual | bent
    return sign(bent.pop("subject", "device-1"), issuer, **bent)


def tampered(signed: Signed) -> Signed:
    """Return the certificate with the last byte of its signature changed."""
    der = bytearray(signed.record.der)
    der[-1] ^= 1
    return of(x509.load_der_x509_certificate(bytes(der)), signed.key)


def bundle(*parts: Signed) -> bytes:
    """Return the certificates as one PEM file."""
    return b"".join(part.pem for part in parts)


def write(folder: Path, file: str, *parts: Signed | bytes) -> Path:
    """Write the parts to one file of `folder`; return its path."""
    path = folder / file
    path.write_bytes(b"".join(part if isinstance(part, bytes) else part.pem for part in parts))
    return path


@dataclass(frozen=True)
class LetsEncryptLike:
    """A hierarchy in the shape and the names of Let's Encrypt's Generation Y, with keys of its own."""

    x1: Signed
    x2: Signed
    x2_by_x1: Signed
    ye: Signed
    ye_by_x2: Signed
    ye1: Signed

    def intermediates(self) -> tuple[Signed, ...]:
        """Return what certbot puts after the leaf by default."""
        return (self.ye1, self.ye_by_x2, self.x2_by_x1)


@cache
def lets_encrypt_like(mark: str = " (imitation)") -> LetsEncryptLike:
    group, isrg, le = f"Internet Security Research Group{mark}", f"ISRG{mark}", f"Let's Encrypt{mark}"
    x1 = sign(f"ISRG Root X1{mark}", organization=group, kind="RSA 2048")
    x2 = sign(f"ISRG Root X2{mark}", organization=group, kind="P-384")
    x2_by_x1 = sign(f"ISRG Root X2{mark}", x1, organization=group, kind="P-384")
    ye = sign(f"Root YE{mark}", organization=isrg, kind="P-384")
    ye_by_x2 = sign(f"Root YE{mark}", x2, organization=isrg, kind="P-384")
    ye1 = sign(f"YE1{mark}", ye, organization=le, kind="P-384", path_length=0)
    return LetsEncryptLike(x1, x2, x2_by_x1, ye, ye_by_x2, ye1)


def _general(value: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(value))
    except ValueError:
        return x509.DNSName(value)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )

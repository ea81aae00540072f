"""The parts of a certificate that may be missing, strange or damaged: names and extensions, each by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Callable

_USAGES: Final = (
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "nonRepudiation"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
_PURPOSES: Final = {
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
}
SEPARATOR: Final = "\u241e"  # between the parts of a comparable name; harmless on a screen
_MOST_NAMES: Final = 20_000  # a bound on hostile input; the largest public certificates hold some hundreds

ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Extensions:
    """What the extensions say; the fields are those of `services.tls.certificate.Certificate`."""

    ski: str | None
    aki: str | None
    aki_issuer_key: str | None
    aki_serial: str | None
    is_ca: bool
    path_length: int | None
    key_usage: tuple[str, ...] | None
    extended_key_usage: tuple[str, ...] | None
    names: tuple[str, ...]
    issuer_urls: tuple[str, ...]


_NONE: Final = Extensions(None, None, None, None, False, None, None, None, (), ())


def read(parsed: x509.Certificate) -> Extensions:
    """Return what `parsed`'s extensions say; none at all where they cannot be read."""
    try:
        found = parsed.extensions
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return _NONE
    ski = _value(found, x509.SubjectKeyIdentifier, lambda value: value.digest.hex())
    aki = _value(found, x509.AuthorityKeyIdentifier, lambda value: value)
    constraints = _value(found, x509.BasicConstraints, lambda value: value)
    return Extensions(
        ski=ski,
        aki=aki.key_identifier.hex() if aki and aki.key_identifier else None,
        aki_issuer_key=_aki_issuer(aki),
        aki_serial=f"{aki.authority_cert_serial_number:x}" if aki and aki.authority_cert_serial_number else None,
        is_ca=constraints is not None and constraints.ca,
        path_length=constraints.path_length if constraints else None,
        key_usage=_value(found, x509.KeyUsage, _usages),
        extended_key_usage=_value(found, x509.ExtendedKeyUsage, _purposes),
        names=_value(found, x509.SubjectAlternativeName, _alternative_names) or (),
        issuer_urls=_value(found, x509.AuthorityInformationAccess, _issuer_urls) or (),
    )


def comparable(name: x509.Name) -> str:
    """Return `name` in the form in which OpenSSL compares names: lower case, single spaces, whatever string type."""
    parts = []
    for relative in name.rdns:
        pairs = sorted(f"{part.oid.dotted_string}={_folded(part.value)}" for part in relative)
        parts.append("+".join(pairs))
    return SEPARATOR.join(parts)


def common_name(name: x509.Name) -> str:
    """Return the last CN of `name`, safe for display; empty where it has none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return safe(found[-1].value, limit=200) if found else ""


def _folded(value: str | bytes) -> str:
    return " ".join(value.lower().split()) if isinstance(value, str) else value.hex()


def _value(found: x509.Extensions, kind: type[ExtensionT], read_value: Callable[[ExtensionT], T]) -> T | None:
    try:
        return read_value(found.get_extension_for_class(kind).value)
    except (x509.ExtensionNotFound, ValueError):
        return None


def _aki_issuer(aki: x509.AuthorityKeyIdentifier | None) -> str | None:
    for name in (aki and aki.authority_cert_issuer) or ():
        if isinstance(name, x509.DirectoryName):
            return comparable(name.value)
    return None


def _usages(usage: x509.KeyUsage) -> tuple[str, ...]:
    return tuple(word for attribute, word in _USAGES if getattr(usage, attribute))


def _purposes(usage: x509.ExtendedKeyUsage) -> tuple[str, ...]:
    return tuple(_PURPOSES.get(oid, oid.dotted_string) for oid in usage)


def _alternative_names(names: x509.SubjectAlternativeName) -> tuple[str, ...]:
    kept = [name for name in names if isinstance(name, x509.DNSName | x509.IPAddress)]
    return tuple(safe(str(name.value), limit=300) for name in kept[:_MOST_NAMES])


def _issuer_urls(access: x509.AuthorityInformationAccess) -> tuple[str, ...]:
    return tuple(
        safe(entry.access_location.value, limit=500)
        for entry in access
        if entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS
        and isinstance(entry.access_location, x509.UniformResourceIdentifier)
    )

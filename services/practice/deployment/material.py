"""What a TLS listener is given: the form that EMQX Cloud's console takes, and what the listener makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Iterable

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class RejectedTlsError(ValueError):
    """The deployment does not take this; `field` names what is wrong, the message says how."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class ClientCheck(Enum):
    """What the listener asks of a client's certificate."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """What the listener shows to clients.

    Attributes:
        chain: the certificates that it sends, in this order, the leaf first.
        key: the private key; whether it belongs to the leaf is not checked.
    """

    chain: tuple[x509.Certificate, ...]
    key: PrivateKey

    @property
    def leaf(self) -> x509.Certificate:
        """The server's own certificate."""
        return self.chain[0]

    def chain_pem(self) -> str:
        """The certificates as PEM."""
        return pem(self.chain)

    def key_pem(self) -> bytes:
        """The key as unencrypted PKCS#8 PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class ListenerTls:
    """A TLS listener's settings.

    Attributes:
        identity: what it shows.
        client_cas: the CAs whose client certificates it takes; empty where it asks for none.
        check: whether it asks.
    """

    identity: ServerIdentity
    client_cas: tuple[x509.Certificate, ...] = ()
    check: ClientCheck = ClientCheck.NONE


@dataclass(frozen=True, slots=True, repr=False)
class TlsBundle:
    """What is typed into the console's TLS/SSL form, or sent to the Platform API.

    Attributes:
        type: one-way, or two-way with a client CA.
        certificate_pem: the certificate's body, alone or with its chain behind it.
        key_pem: its private key, unencrypted.
        chain_pem: the chain where it is given apart from the body.
        cacert_pem: the client CA; needed in two-way TLS.
    """

    type: Literal["one-way", "two-way"]
    certificate_pem: str
    key_pem: str
    chain_pem: str = ""
    cacert_pem: str = ""

    def settings(self) -> ListenerTls:
        """The listener's settings.

        Raises:
            RejectedTlsError: with EMQX Cloud's status 422 in mind.
        """
        if self.type not in ("one-way", "two-way"):
            raise RejectedTlsError("tlsType", "must be one-way or two-way")
        chain = parse_certificates("cert", self.certificate_pem)
        if self.chain_pem.strip():
            chain += parse_certificates("chain", self.chain_pem)
        identity = ServerIdentity(chain, parse_key(self.key_pem))
        if not key_belongs(identity):
            raise RejectedTlsError("key", "the private key does not belong to the certificate")
        if self.type == "one-way":
            return ListenerTls(identity)
        if not self.cacert_pem.strip():
            raise RejectedTlsError("cacert", "is needed in two-way TLS")
        return ListenerTls(identity, parse_certificates("cacert", self.cacert_pem), ClientCheck.REQUIRED)


def pem(certificates: Iterable[x509.Certificate]) -> str:
    """The certificates, one after the other, in PEM."""
    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def parse_certificates(field: str, text: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, at least one.

    Raises:
        RejectedTlsError: there is none, or one of them cannot be read.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(text.encode()))
    except ValueError:
        raise RejectedTlsError(field, "holds no certificate in PEM") from None


def parse_key(text: str, password: str | None = None) -> PrivateKey:
    """The private key of a PEM text, PKCS#1, SEC 1 or PKCS#8.

    Raises:
        RejectedTlsError: there is none, it is neither RSA nor ECDSA, or it is encrypted with another password or none.
    """
    try:
        key = load_pem_private_key(text.encode(), password=password.encode() if password else None)
    except TypeError:
        raise RejectedTlsError("key", "is not encrypted" if password else "is encrypted") from None
    except ValueError:
        raise RejectedTlsError("key", "is no private key in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise RejectedTlsError("key", "is neither RSA nor ECDSA")
    return key


def key_belongs(identity: ServerIdentity) -> bool:
    """Whether the key is the leaf's."""
    return identity.leaf.public_key() == identity.key.public_key()

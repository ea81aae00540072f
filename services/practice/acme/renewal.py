"""After issuance: revocation (RFC 8555 section 7.6) and when to renew (RFC 9773, ACME Renewal Information)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from josepy.errors import DeserializationError
from josepy.json_util import decode_b64jose, encode_b64jose

from services.practice.acme.jws import public_key
from services.practice.acme.model import rfc3339
from services.practice.acme.problems import refuse
from services.practice.ca_profiles import RevokedSerial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from services.practice.acme.jws import Signed
    from services.practice.acme.model import Account, Certificate, Json, Store
    from services.practice.acme.payloads import Revoke

_REASONS = {
    0: x509.ReasonFlags.unspecified,
    1: x509.ReasonFlags.key_compromise,
    4: x509.ReasonFlags.superseded,
    5: x509.ReasonFlags.cessation_of_operation,
}
_ONE_SECOND = timedelta(seconds=1)
_MARGIN = 0.02


class Renewals:
    """The certificates of one server, once issued."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def revoke(self, signed: Signed, account: Account | None, request: Revoke) -> None:
        """Revoke a certificate for the account that ordered it, one that proved all its names, or its own key.

        Args:
            signed: the request, signed by the account's key or the certificate's.
            account: whose key it was; None where the request carried the certificate's.
            request: which certificate, and why.

        Raises:
            AcmeError: `malformed`, `unauthorized`, `alreadyRevoked`, `badRevocationReason`.
        """
        with self._store.lock:
            certificate = self._find(request.certificate)
            if account is None and public_key(signed.key) != certificate.issued.leaf.public_key():
                raise refuse(
                    "unauthorized", "JWK embedded in revocation request must be the same public key as the cert"
                )
            if account is not None:
                self._check_control(account, certificate)
            reason = _reason(request.reason)
            if certificate.revoked is not None:
                raise refuse("alreadyRevoked", "Unable to revoke :: certificate already revoked")
            if account is None:
                reason = x509.ReasonFlags.key_compromise  # whoever signs with the key shows that it is not kept
            now = self._clock().replace(microsecond=0)
            certificate.revoked = RevokedSerial(certificate.issued.leaf.serial_number, now, reason)

    def revoked_by(self, issuer: str) -> list[RevokedSerial]:
        """What the revocation list of this CA (`YE1` …) holds."""
        with self._store.lock:
            certificates = [one for one in self._store.certificates.values() if one.issuer == issuer]
        return [one.revoked for one in certificates if one.revoked is not None]

    def information(self, renewal_id: str) -> Json:
        """The renewal information object for a certificate (RFC 9773 section 4.2).

        The window is two per cent of the lifetime on either side of the moment when a third is left; for a revoked
        certificate it is in the past, which says: at once.

        Raises:
            AcmeError: `malformed`: no such certificate.
        """
        with self._store.lock:
            certificate = self._with_id(renewal_id)
            revoked = certificate.revoked is not None
        if revoked:
            start = self._clock() - timedelta(hours=1)
            return _window(start, start + timedelta(minutes=30))
        leaf = certificate.issued.leaf
        lifetime = leaf.not_valid_after_utc + _ONE_SECOND - leaf.not_valid_before_utc
        ideal = leaf.not_valid_after_utc - lifetime / 3
        return _window(ideal - lifetime * _MARGIN, ideal + lifetime * _MARGIN)

    def replaced(self, account: Account, renewal_id: str | None, names: Sequence[str]) -> Certificate | None:
        """The certificate that an order of these names replaces; None where it says of none (RFC 9773 section 5).

        Raises:
            AcmeError: it is unknown, another account's, for other names, or was replaced before.
        """
        if not renewal_id:
            return None
        certificate = self._with_id(renewal_id)
        if certificate.account != account.id:
            raise refuse(
                "unauthorized", "requester account did not request the certificate being replaced by this order"
            )
        if not set(certificate.issued.names) & set(names):
            raise refuse(
                "malformed", "identifiers in this order do not match identifiers in certificate being replaced"
            )
        if certificate.replaced:
            detail = "cannot indicate an order replaces a certificate which already has a replacement order"
            raise refuse("alreadyReplaced", detail)
        return certificate

    def _with_id(self, renewal_id: str) -> Certificate:
        for certificate in self._store.certificates.values():
            if _renewal_id(certificate.issued.leaf) == renewal_id:
                return certificate
        raise refuse("malformed", "Certificate not found", 404)

    def _find(self, der: str) -> Certificate:
        try:
            presented = x509.load_der_x509_certificate(bytes(decode_b64jose(der)))
        except (DeserializationError, ValueError) as error:
            raise refuse("malformed", "Unable to parse certificate DER") from error
        certificate = self._store.certificates.get(f"{presented.serial_number:x}")
        if certificate is None or certificate.issued.leaf.public_bytes(Encoding.DER) != presented.public_bytes(
            Encoding.DER
        ):
            raise refuse("malformed", "Certificate from unrecognized issuer", 404)
        return certificate

    def _check_control(self, account: Account, certificate: Certificate) -> None:
        """Raise where the account neither ordered the certificate nor has proven all its names since."""
        if certificate.account == account.id:
            return
        now = self._clock()
        proven = {
            f"*.{one.name}" if one.wildcard else one.name
            for one in self._store.authorizations.values()
            if one.account == account.id and one.status_at(now) == "valid"
        }
        if not set(certificate.issued.names) <= proven:
            serial = f"{certificate.issued.leaf.serial_number:x}"
            detail = f"requester does not control all identifiers in certificate with serial {serial}"
            raise refuse("unauthorized", f"Unable to revoke :: {detail}")


def _reason(code: int) -> x509.ReasonFlags:
    reason = _REASONS.get(code)
    if reason is None:
        supported = "unspecified (0), keyCompromise (1), superseded (4), cessationOfOperation (5)"
        detail = f"unsupported revocation reason code provided: {code}. Supported reasons: {supported}"
        raise refuse("badRevocationReason", f"Unable to revoke :: {detail}")
    return reason


def _renewal_id(leaf: x509.Certificate) -> str:
    """RFC 9773 section 4.1: the AKI's key identifier and the serial's DER bytes, each in base64url."""
    key_id = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier or b""
    serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1)
    return f"{encode_b64jose(key_id)}.{encode_b64jose(serial)}"


def _window(start: datetime, end: datetime) -> Json:
    return {"suggestedWindow": {"start": rfc3339(start), "end": rfc3339(end)}}

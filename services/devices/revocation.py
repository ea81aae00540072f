"""Certificates taken back, and the list that says so (CRL, RFC 5280, section 5), signed by the client CA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.devices.issuer import may_sign_crls
from services.devices.names import fold
from services.devices.staging import Wrong
from services.errors import ServiceError
from services.files import write_file
from services.pki.authority import BACKDATED, authority_key_identifier
from services.pki.keys import digest_for
from services.text import text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from services.devices.ledger import Ledger
    from services.pki.authority import Authority


class Reason(StrEnum):
    """Why a certificate is taken back (RFC 5280, 5.3.1), as far as that befits a device."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key-compromise"
    SUPERSEDED = "superseded"
    CESSATION = "cessation"  # the device is out of service
    PRIVILEGE = "privilege-withdrawn"


_FLAGS: Final = {
    Reason.KEY_COMPROMISE: x509.ReasonFlags.key_compromise,
    Reason.SUPERSEDED: x509.ReasonFlags.superseded,
    Reason.CESSATION: x509.ReasonFlags.cessation_of_operation,
    Reason.PRIVILEGE: x509.ReasonFlags.privilege_withdrawn,
}


@dataclass(frozen=True, slots=True)
class RevocationList:
    """The list as it was written."""

    path: Path
    number: int
    entries: int
    next_update: datetime


def revoke(ledger: Ledger, names: Sequence[str], reason: Reason, now: datetime) -> int:
    """Take back every certificate of `names` that still counts; return how many. The list does not say so yet.

    Raises:
        ServiceError: device-names-unknown: a name without any certificate; none is taken back then.
    """
    wrong = Wrong("device-names-unknown")
    count = 0
    with ledger.transaction() as connection:
        for name in dict.fromkeys(names):
            if connection.execute("SELECT 1 FROM device WHERE name = ? AND state <> 'reserved'", (name,)).fetchone():
                count += connection.execute(
                    "UPDATE device SET state = 'revoked', revoked_at = ?, reason = ?"
                    " WHERE fold = ? AND state IN ('issued', 'superseded')",
                    (int(now.timestamp()), reason, fold(name)),
                ).rowcount
            else:
                wrong.add("", name, text("devices.no-such"))
        wrong.check()
    return count


def write_list(ledger: Ledger, authority: Authority, *, days: int, crl_url: str, now: datetime) -> RevocationList:
    """Write the revocation list anew, with the next number, good for `days`.

    Its number is taken in the ledger first: a number once used never comes again, whatever happens to the file.

    Raises:
        ServiceError: devices-crl-forbidden (the CA's key usage), folder-not-writable, disk-full.
    """
    if not may_sign_crls(authority.certificate):
        raise ServiceError("devices-crl-forbidden")
    with ledger.transaction() as connection:
        connection.execute(
            "INSERT INTO fleet VALUES ('crl_number', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        number = int(connection.execute("SELECT value FROM fleet WHERE name = 'crl_number'").fetchone()[0])
        revoked = _revoked(connection, now)
    next_update = now.replace(microsecond=0) + timedelta(days=days)
    builder = x509.CertificateRevocationListBuilder(revoked_certificates=revoked)
    builder = (
        builder.issuer_name(authority.certificate.subject)
        .last_update(now.replace(microsecond=0) - BACKDATED)
        .next_update(next_update)
        .add_extension(authority_key_identifier(authority.certificate), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if crl_url:
        builder = builder.add_extension(_scope(crl_url), critical=True)
    signed = builder.sign(authority.key, digest_for(authority.key))
    write_file(ledger.folder.crl, signed.public_bytes(Encoding.PEM), replace=True)
    return RevocationList(ledger.folder.crl, number, len(revoked), next_update)


def _revoked(connection: sqlite3.Connection, now: datetime) -> list[x509.RevokedCertificate]:
    """The entries: what was taken back and has not ended by itself."""
    rows = connection.execute(
        "SELECT serial, revoked_at, reason FROM device WHERE state = 'revoked' AND not_after >= ? ORDER BY number",
        (int(now.timestamp()),),
    )
    return [_entry(int.from_bytes(serial), at, Reason(reason)) for serial, at, reason in rows]


def _entry(serial: int, at: int, reason: Reason) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(datetime.fromtimestamp(at, UTC))
    if reason in _FLAGS:
        builder = builder.add_extension(x509.CRLReason(_FLAGS[reason]), critical=False)
    return builder.build()


def _scope(crl_url: str) -> x509.IssuingDistributionPoint:
    """Where this list is found: EMQX looks at no list that does not say so."""
    return x509.IssuingDistributionPoint(
        full_name=[x509.UniformResourceIdentifier(crl_url)],
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )

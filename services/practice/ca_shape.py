"""The shape of Let's Encrypt's Generation Y, as a table: who signs whom, with which key, from when until when.

Names, dates, path lengths, and purposes are those of the real certificates (letsencrypt.org/certificates, August 2026).
Two things differ on purpose: every name carries a prefix that cannot be mistaken for a real CA's, and the RSA roots
have 2048 bits instead of 4096, because making a 4096-bit key takes about a second and the practice world starts in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

_SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
_BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_SUBSCRIBER = "Let's Encrypt"
_RESEARCH_GROUP = "Internet Security Research Group"


@dataclass(frozen=True, slots=True)
class Authority:
    """A name and the kind of key behind it.

    Attributes:
        common_name: without the practice prefix.
        organization: without the practice prefix.
        rsa: whether its key is RSA; else ECDSA P-384.
    """

    common_name: str
    organization: str
    rsa: bool


@dataclass(frozen=True, slots=True)
class CaCertificate:
    """One certificate of an authority; a cross-signed authority has several.

    Attributes:
        not_before: first second of validity, before shifting (see `shift_years`).
        not_after: last second of validity, before shifting.
        purposes: extended key usage; empty for none.
        path_length: of the basic constraints; None for no limit.
    """

    not_before: datetime
    not_after: datetime
    purposes: tuple[ObjectIdentifier, ...] = ()
    path_length: int | None = None


AUTHORITIES: dict[str, Authority] = {
    "X1": Authority("ISRG Root X1", _RESEARCH_GROUP, rsa=True),
    "X2": Authority("ISRG Root X2", _RESEARCH_GROUP, rsa=False),
    "YE": Authority("Root YE", "ISRG", rsa=False),
    "YR": Authority("Root YR", "ISRG", rsa=True),
    "YE1": Authority("YE1", _SUBSCRIBER, rsa=False),
    "YE2": Authority("YE2", _SUBSCRIBER, rsa=False),
    "YR1": Authority("YR1", _SUBSCRIBER, rsa=True),
    "YR2": Authority("YR2", _SUBSCRIBER, rsa=True),
}

_CEREMONY = datetime(2025, 9, 3, tzinfo=UTC)
_CROSS_SIGNED = datetime(2026, 5, 13, tzinfo=UTC)
_ROOTS_END = datetime(2045, 9, 2, 23, 59, 59, tzinfo=UTC)
_CROSS_SIGNS_END = datetime(2032, 9, 2, 23, 59, 59, tzinfo=UTC)
_INTERMEDIATES_END = datetime(2028, 9, 2, 23, 59, 59, tzinfo=UTC)
_INTERMEDIATE = CaCertificate(_CEREMONY, _INTERMEDIATES_END, _SERVER, path_length=0)

CERTIFICATES: dict[tuple[str, str], CaCertificate] = {
    ("X1", "X1"): CaCertificate(
        datetime(2015, 6, 4, 11, 4, 38, tzinfo=UTC), datetime(2035, 6, 4, 11, 4, 38, tzinfo=UTC)
    ),
    ("X2", "X2"): CaCertificate(datetime(2020, 9, 4, tzinfo=UTC), datetime(2040, 9, 17, 16, tzinfo=UTC)),
    ("X2", "X1"): CaCertificate(_CROSS_SIGNED, _CROSS_SIGNS_END, _BOTH),
    ("YE", "YE"): CaCertificate(_CEREMONY, _ROOTS_END),
    ("YE", "X2"): CaCertificate(_CROSS_SIGNED, _CROSS_SIGNS_END, _SERVER),
    ("YR", "YR"): CaCertificate(_CEREMONY, _ROOTS_END),
    ("YR", "X1"): CaCertificate(_CROSS_SIGNED, _CROSS_SIGNS_END, _SERVER),
    ("YE1", "YE"): _INTERMEDIATE,
    ("YE2", "YE"): _INTERMEDIATE,
    ("YR1", "YR"): _INTERMEDIATE,
    ("YR2", "YR"): _INTERMEDIATE,
}
"""Every CA certificate by (subject, issuer)."""

TOWARDS_X1: dict[str, str] = {
    "X1": "X1",
    "X2": "X1",
    "YE": "X2",
    "YR": "X1",
    "YE1": "YE",
    "YE2": "YE",
    "YR1": "YR",
    "YR2": "YR",
}
"""For each authority, the issuer of the one of its certificates that leads on to ISRG Root X1."""


def shift_years(now: datetime) -> int:
    """How many whole years to move all dates by, so that a world started at `now` has living CAs.

    0 in the year after the real cross-signs of May 2026, so that the dates are then the real ones; one more for each
    year since. Cross-signs are then never from the future, and intermediates have more than a year left.
    """
    years = now.year - _CROSS_SIGNED.year
    anniversary = _CROSS_SIGNED.replace(year=now.year)
    return years if now >= anniversary else years - 1

"""The practice world's certification authority: Let's Encrypt's Generation Y in miniature, made fresh each time.

An ECDSA leaf comes with the default chain of four that certbot writes to fullchain.pem today (leaf, YE1, Root YE by
ISRG Root X2, ISRG Root X2 by ISRG Root X1) and with two shorter ones; an RSA leaf with three and two. The topmost
certificate of each default chain is a cross-sign, never a root: the guide's `root.pem` fails here as it does outside.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.practice import ca_profiles
from services.practice.ca_shape import AUTHORITIES, CERTIFICATES, TOWARDS_X1, CaCertificate, shift_years

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from services.practice.authority_store import AuthorityStore
    from services.practice.ca_profiles import CaKey, LeafKey, RevokedSerial

Chain = tuple[x509.Certificate, ...]

CLASSIC_LIFETIME = timedelta(days=90)
"""The classic profile's until 2027-02-10; then 64 days, and 45 days from 2028-02-16."""

_BACKDATED = timedelta(hours=1)  # Boulder does so, for clients whose clock is slow
_ONE_SECOND = timedelta(seconds=1)  # a validity period includes its last second (RFC 5280, 4.1.2.5)


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Issued:
    """A leaf and the chains that it can be served with.

    Attributes:
        names: the DNS names, as in the certificate.
        chains: each begins with the leaf and leaves the root out; the default first, then the alternates.
    """

    names: tuple[str, ...]
    chains: tuple[Chain, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The end-entity certificate."""
        return self.chains[0][0]

    def fullchain_pem(self, chain: int = 0) -> str:
        """The whole chain of this number, as in certbot's fullchain.pem."""
        return pem(self.chains[chain])


def pem(certificates: Iterable[x509.Certificate]) -> str:
    """The certificates, one after the other, in PEM."""
    return ca_profiles.pem(certificates)


class Hierarchy:
    """All CAs of one practice world, and the leaves they issue. Safe to use from any thread.

    Keys and certificates are made when first asked for: RSA ones cost 30 to 150 ms each, and a world that only ever
    issues ECDSA leaves needs a single one, ISRG Root X1's.

    Args:
        clock: gives the time, aware; the CA dates follow its value now (`ca_shape.shift_years`).
        staging: make the CAs of a staging environment, which no client trusts.
        lifetime: of a leaf, from its notBefore.
        store: where keys and certificates are kept, to meet the same CAs again; None for fresh ones each time.
    """

    def __init__(
        self,
        clock: Callable[[], datetime] = utc_now,
        *,
        staging: bool = False,
        lifetime: timedelta = CLASSIC_LIFETIME,
        store: AuthorityStore | None = None,
    ) -> None:
        self._store = store
        self.staging = staging
        self.lifetime = lifetime
        self.prefix = "(PRACTICE STAGING) " if staging else "(PRACTICE) "
        self._clock = clock
        self._shift = shift_years(clock())
        self._published_at: str | None = None
        self._lock = threading.RLock()
        self._keys: dict[str, CaKey] = {}
        self._certificates: dict[tuple[str, str], x509.Certificate] = {}

    def publish_at(self, base_url: str) -> None:
        """Write `base_url`'s `/i/<authority>` and `/c/<authority>` into the AIA and CRL fields of all certificates.

        To be called before the first certificate is made; the server that answers there is the caller's.

        Raises:
            RuntimeError: certificates without those addresses were made already.
        """
        with self._lock:
            if any(subject != issuer for subject, issuer in self._certificates):
                raise RuntimeError("certificates were issued before their publication address was known")
            self._published_at = base_url.rstrip("/")

    def certificate(self, authority: str, issuer: str | None = None) -> x509.Certificate:
        """The CA certificate of `authority` (`X1`, `X2`, `YE`, `YR`, `YE1` …) by `issuer`.

        Without `issuer` it is the one that leads on to ISRG Root X1, the cross-sign where there is one.

        Raises:
            KeyError: the hierarchy has no such certificate.
        """
        pair = (authority, issuer or TOWARDS_X1[authority])
        with self._lock:
            if pair not in self._certificates:
                self._certificates[pair] = self._kept_certificate(pair)
            return self._certificates[pair]

    @property
    def authorities(self) -> frozenset[str]:
        """The short names of all CAs: `X1`, `X2`, `YE`, `YR`, `YE1`, `YE2`, `YR1`, `YR2`."""
        return frozenset(AUTHORITIES)

    def authority_of(self, certificate: x509.Certificate) -> str:
        """The short name of the CA whose certificate this is.

        Raises:
            KeyError: it is not one of this hierarchy's.
        """
        return self._find(certificate)[0]

    def roots(self) -> Chain:
        """The trust anchors: ISRG Root X1 and X2, self-signed."""
        return (self.certificate("X1", "X1"), self.certificate("X2", "X2"))

    def roots_pem(self) -> str:
        """The trust anchors as one PEM file, X1 first."""
        return pem(self.roots())

    def issue(
        self,
        public_key: LeafKey,
        names: Sequence[str],
        *,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        intermediate: Literal[1, 2] = 1,
    ) -> Issued:
        """A leaf for `public_key` and `names`, from YE1 or YE2 for an ECDSA key, YR1 or YR2 for an RSA key.

        Args:
            public_key: ECDSA P-256 or P-384, or RSA.
            names: DNS names, at least one; wildcards as `*.example.test`.
            not_before: first second of validity; an hour ago where not given.
            not_after: last second of validity; `lifetime` after `not_before` where not given.
            intermediate: which of the two issuing CAs.
        """
        family = "YR" if isinstance(public_key, rsa.RSAPublicKey) else "YE"
        issuer = f"{family}{intermediate}"
        first = not_before or (self._clock() - _BACKDATED).replace(microsecond=0)
        leaf = ca_profiles.leaf(
            ca_profiles.Signer(self.certificate(issuer), self._key(issuer)),
            public_key,
            names,
            (first, not_after or first + self.lifetime - _ONE_SECOND),
            self._publication(issuer),
        )
        return Issued(tuple(names), tuple((leaf, *above) for above in self._above(issuer)))

    def expired_leaf(self, public_key: LeafKey, names: Sequence[str]) -> Issued:
        """A leaf whose validity ended yesterday; the CAs above it are valid."""
        ended = (self._clock() - timedelta(days=1)).replace(microsecond=0)
        return self.issue(public_key, names, not_before=ended - self.lifetime, not_after=ended)

    def leaf_for_other_name(self, public_key: LeafKey, name: str = "other.example.test") -> Issued:
        """A valid leaf for `name` only: what a deployment serves that was given somebody else's certificate."""
        return self.issue(public_key, (name,))

    def lookalike(self, certificate: x509.Certificate) -> x509.Certificate:
        """A CA certificate with the name, issuer, and dates of `certificate`, and another key.

        Raises:
            KeyError: `certificate` is not one of this hierarchy's.
        """
        authority, issuer = self._find(certificate)
        return self._sign_ca((authority, issuer), _new_key(rsa_key=AUTHORITIES[authority].rsa))

    def crl(self, authority: str, revoked: Iterable[RevokedSerial] = ()) -> bytes:
        """The DER revocation list of `authority`, good for a week (RFC 5280, section 5)."""
        signer = ca_profiles.Signer(self.certificate(authority), self._key(authority))
        return ca_profiles.crl(signer, revoked, self._clock().replace(microsecond=0))

    def _above(self, issuer: str) -> tuple[Chain, ...]:
        """What follows a leaf of `issuer`: the chain up to X1 first, then each shorter one."""
        whole: list[x509.Certificate] = []
        authority = issuer
        while authority != "X1":
            whole.append(self.certificate(authority))
            authority = TOWARDS_X1[authority]
        return tuple(tuple(whole[:length]) for length in range(len(whole), 0, -1))

    def _find(self, certificate: x509.Certificate) -> tuple[str, str]:
        with self._lock:
            for pair, known in self._certificates.items():
                if known == certificate:
                    return pair
        raise KeyError(certificate.subject.rfc4514_string())

    def _key(self, authority: str) -> CaKey:
        with self._lock:
            if authority not in self._keys:
                self._keys[authority] = self._kept_key(authority)
            return self._keys[authority]

    def _kept_key(self, authority: str) -> CaKey:
        """The key in the store, else a new one that is kept there."""
        key = self._store.key(authority) if self._store else None
        if key is None:
            key = _new_key(rsa_key=AUTHORITIES[authority].rsa)
            if self._store:
                self._store.keep_key(authority, key)
        return key

    def _kept_certificate(self, pair: tuple[str, str]) -> x509.Certificate:
        """The certificate in the store where it is for the key at hand, else a new one that is kept there."""
        key = self._key(pair[0])
        certificate = self._store.certificate(*pair) if self._store else None
        if certificate is None or certificate.public_key() != key.public_key():
            certificate = self._sign_ca(pair, key)
            if self._store:
                self._store.keep_certificate(*pair, certificate)
        return certificate

    def _sign_ca(self, pair: tuple[str, str], key: CaKey) -> x509.Certificate:
        authority, issuer = pair
        row = self._shifted(CERTIFICATES[pair])
        subject = ca_profiles.name(self.prefix, AUTHORITIES[authority])
        if authority == issuer:
            return ca_profiles.root(subject, key, row)
        signer = ca_profiles.Signer(self.certificate(issuer), self._key(issuer))
        return ca_profiles.subordinate(signer, subject, key.public_key(), row, self._publication(issuer))

    def _shifted(self, row: CaCertificate) -> CaCertificate:
        return CaCertificate(
            row.not_before.replace(year=row.not_before.year + self._shift),
            row.not_after.replace(year=row.not_after.year + self._shift),
            row.purposes,
            row.path_length,
        )

    def _publication(self, issuer: str) -> ca_profiles.Publication | None:
        if self._published_at is None:
            return None
        where = issuer.lower()
        return ca_profiles.Publication(f"{self._published_at}/i/{where}", f"{self._published_at}/c/{where}")


def _new_key(*, rsa_key: bool) -> CaKey:
    return rsa.generate_private_key(65537, 2048) if rsa_key else ec.generate_private_key(ec.SECP384R1())

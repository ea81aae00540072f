"""Orders, from the names to the certificate (RFC 8555 sections 7.4 and 7.5)."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from josepy.errors import DeserializationError
from josepy.json_util import decode_b64jose, encode_b64jose

from services.practice.acme import csr
from services.practice.acme.jws import public_key
from services.practice.acme.model import Account, Authorization, Certificate, Documents, Order, Store
from services.practice.acme.problems import refuse
from services.practice.acme.validation import Applicant, Validator

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from josepy.jwk import JWK

    from services.practice.acme.limits import RateLimits
    from services.practice.acme.payloads import Identifier, NewOrder
    from services.practice.acme.renewal import Renewals
    from services.practice.faults import Faults
    from services.practice.hierarchy import Hierarchy

PROFILE = "classic"
_MAX_NAMES = 100
_LIFETIME = timedelta(days=7)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


class Orders:
    """The orders of one server.

    A valid authorization is not reused for the next order, though Let's Encrypt does so for a while: here each issuance
    really asks the DNS, so that a fault injected between two runs is felt.
    """

    def __init__(
        self,
        *,
        store: Store,
        documents: Documents,
        limits: RateLimits,
        validator: Validator,
        hierarchy: Hierarchy,
        renewals: Renewals,
        faults: Faults,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._documents = documents
        self._limits = limits
        self._validator = validator
        self._hierarchy = hierarchy
        self._renewals = renewals
        self._faults = faults
        self._clock = clock

    def create(self, account: Account, request: NewOrder) -> Order:
        """A new order with a pending authorization for each name.

        Raises:
            AcmeError: `rateLimited`, `malformed`, `unsupportedIdentifier`, `rejectedIdentifier`, `invalidProfile`.
        """
        if request.not_before or request.not_after:
            raise refuse("malformed", "NotBefore and NotAfter are not supported")
        if request.profile not in {None, "", PROFILE}:
            raise refuse("invalidProfile", f'Invalid profile requested: unrecognized profile name "{request.profile}"')
        names = _names(request.identifiers)
        if "acme-rate-limit" in self._faults:
            raise self._limits.exceeded()
        with self._store.lock:
            replaced = self._renewals.replaced(account, request.replaces, names)
            self._limits.spend_order(account.id, names, is_renewal=replaced is not None)
            if replaced is not None:
                replaced.replaced = True
            order = self._new(account, names, request, is_renewal=replaced is not None)
            self._store.orders[order.id] = order
            return order

    def respond(self, account: Account, authorization: Authorization) -> None:
        """Look at the DNS for a challenge that the client says is ready; a second answer changes nothing.

        The lookup happens before this returns: on loopback it takes milliseconds, so that a client finds the result at
        its first poll.
        """
        with self._store.lock:
            if authorization.status_at(self._clock()) != "pending" or authorization.validating:
                return
            authorization.validating = True
        applicant = Applicant(
            authorization.name,
            authorization.wildcard,
            self._documents.account_url(account.id),
            key_digest(authorization.token, account.key),
        )
        try:
            found = self._validator.check(applicant)
        except BaseException:
            authorization.validating = False
            raise
        with self._store.lock:
            authorization.validating = False
            authorization.problem = found
            authorization.status = "valid" if found is None else "invalid"
            authorization.validated = self._clock() if found is None else None
        if found is not None:
            self._limits.count_failure(account.id, authorization.name)

    def deactivate(self, authorization: Authorization) -> None:
        """Give an authorization up (section 7.5.2)."""
        with self._store.lock:
            if authorization.status not in {"pending", "valid"}:
                raise refuse("malformed", "Authorization is not pending or valid and cannot be deactivated")
            authorization.status = "deactivated"

    def finalize(self, account: Account, order: Order, request: str) -> None:
        """Issue the certificate for a ready order.

        Args:
            account: whose order it is.
            order: must be ready.
            request: the CSR, DER in base64url.

        Raises:
            AcmeError: `orderNotReady`, `badCSR`, `unauthorized`, `malformed`.
        """
        with self._store.lock:
            status = order.status_at(self._clock())
            if status != "ready":
                raise refuse("orderNotReady", f'Order\'s status ("{status}") is not acceptable for finalization')
            key = csr.checked_key(_decoded(request), order.names, public_key(account.key))
            issued = self._hierarchy.issue(key, order.names)
            serial = f"{issued.leaf.serial_number:x}"
            issuer = self._hierarchy.authority_of(issued.chains[0][1])
            self._store.certificates[serial] = Certificate(account.id, issued, issuer)
            order.serial = serial
            self._limits.count_certificate(order.names, is_renewal=order.is_renewal)

    def _new(self, account: Account, names: tuple[str, ...], request: NewOrder, *, is_renewal: bool) -> Order:
        expires = self._clock() + _LIFETIME
        authorizations = tuple(
            Authorization(self._store.new_id(), account.id, name.removeprefix("*."), name.startswith("*."), expires)
            for name in names
        )
        self._store.authorizations.update({one.id: one for one in authorizations})
        return Order(self._store.new_id(), account.id, names, authorizations, expires, request.profile, is_renewal)


def key_digest(token: str, key: JWK) -> str:
    """What the TXT record must hold for a challenge's token and an account's key (sections 8.1 and 8.4)."""
    authorization = f"{token}.{encode_b64jose(key.thumbprint())}"
    return encode_b64jose(hashlib.sha256(authorization.encode()).digest())


def _decoded(request: str) -> bytes:
    try:
        return bytes(decode_b64jose(request))
    except DeserializationError as error:
        raise refuse("malformed", "Error parsing certificate request: not base64url") from error


def _names(identifiers: tuple[Identifier, ...]) -> tuple[str, ...]:
    """The names of an order: lower case, once each, sorted, and each one that may be asked for."""
    if not identifiers:
        raise refuse("malformed", "NewOrder request did not specify any identifiers")
    if len(identifiers) > _MAX_NAMES:
        raise refuse("malformed", f"Order cannot contain more than {_MAX_NAMES} identifiers")
    for identifier in identifiers:
        if identifier.type != "dns":
            detail = f'NewOrder request included unsupported identifier: type "{identifier.type}"'
            raise refuse("unsupportedIdentifier", f'{detail}, value "{identifier.value}"')
    names = tuple(sorted({identifier.value.lower() for identifier in identifiers}))
    for name in names:
        _check_name(name)
    for name in names:
        if f"*.{name.partition('.')[2]}" in names and not name.startswith("*."):
            wildcard = f"*.{name.partition('.')[2]}"
            detail = f'Domain name "{name}" is redundant with a wildcard domain in the same request'
            raise refuse("malformed", f"{detail}. Remove one or the other from the certificate request. ({wildcard})")
    return names


def _check_name(name: str) -> None:
    """Refuse what is no host name (Boulder's policy authority, without its public suffix list)."""
    labels = name.removeprefix("*.").split(".")
    if len(name) > 253:
        reason = "Domain name is longer than 253 bytes"
    elif len(labels) < 2:
        reason = "Domain name needs at least one dot"
    elif "*" in name.removeprefix("*."):
        reason = "Domain name contains an invalid wildcard"
    elif not all(_LABEL.fullmatch(label) for label in labels):
        reason = "Domain name contains an invalid character"
    elif labels[-1].isdigit():
        reason = "The ACME server can not issue a certificate for an IP address"
    else:
        return
    raise refuse("rejectedIdentifier", f'Invalid identifiers requested :: Cannot issue for "{name}": {reason}')

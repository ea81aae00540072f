"""What the server remembers: accounts, orders, authorizations, certificates; and how each is shown (RFC 8555, 7.1).

The records change while the server runs, and only under `Store.lock`.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from josepy.json_util import encode_b64jose
from josepy.jwk import JWK

from services.practice.acme.problems import Problem, refuse
from services.practice.ca_profiles import RevokedSerial
from services.practice.hierarchy import Issued

Json = dict[str, object]


@dataclass(slots=True)
class Account:
    """A registered key (RFC 8555 section 7.1.2)."""

    id: int
    key: JWK
    contact: tuple[str, ...]
    created: datetime
    status: Literal["valid", "deactivated"] = "valid"


@dataclass(slots=True)
class Authorization:
    """One name to be proven, with its only challenge, dns-01 (sections 7.1.4 and 7.1.5).

    Attributes:
        name: without `*.`.
        problem: why the challenge failed.
        validated: when it succeeded.
    """

    id: int
    account: int
    name: str
    wildcard: bool
    expires: datetime
    token: str = field(default_factory=lambda: encode_b64jose(secrets.token_bytes(32)))
    status: Literal["pending", "valid", "invalid", "deactivated"] = "pending"
    validating: bool = False
    problem: Problem | None = None
    validated: datetime | None = None

    def status_at(self, now: datetime) -> str:
        """The status now: what is over has expired."""
        return "expired" if now > self.expires and self.status in {"pending", "valid"} else self.status

    @property
    def challenge_status(self) -> str:
        """The challenge's own status."""
        if self.status == "pending":
            return "processing" if self.validating else "pending"
        return "invalid" if self.status == "invalid" else "valid" if self.validated else "pending"


@dataclass(slots=True)
class Order:
    """A request for one certificate (section 7.1.3).

    Attributes:
        names: as asked for, lower case, sorted, wildcards included.
        is_renewal: whether it replaces a certificate and so is exempt from rate limits.
        serial: of the certificate, once issued.
    """

    id: int
    account: int
    names: tuple[str, ...]
    authorizations: tuple[Authorization, ...]
    expires: datetime
    profile: str | None = None
    is_renewal: bool = False
    serial: str | None = None

    def status_at(self, now: datetime) -> str:
        """pending, ready, valid, or invalid."""
        if self.serial is not None:
            return "valid"
        statuses = {authorization.status_at(now) for authorization in self.authorizations}
        if now > self.expires or statuses - {"pending", "valid"}:
            return "invalid"
        return "pending" if "pending" in statuses else "ready"


@dataclass(slots=True)
class Certificate:
    """An issued certificate, and what became of it."""

    account: int
    issued: Issued
    issuer: str
    replaced: bool = False
    revoked: RevokedSerial | None = None


class Store:
    """All records of one server, in memory. Take `lock` around every use."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts: dict[int, Account] = {}
        self.authorizations: dict[int, Authorization] = {}
        self.orders: dict[int, Order] = {}
        self.certificates: dict[str, Certificate] = {}
        self._ids = itertools.count(1)

    def new_id(self) -> int:
        """A number that no record has yet."""
        return next(self._ids)

    def account_with(self, key: JWK) -> Account | None:
        """The account of this key, if there is one."""
        thumbprint = key.thumbprint()
        return next((one for one in self.accounts.values() if one.key.thumbprint() == thumbprint), None)

    def order_of(self, account: Account, number: int) -> Order:
        """The account's order with this number.

        Raises:
            AcmeError: there is none.
        """
        order = self.orders.get(number)
        if order is None or order.account != account.id:
            raise refuse("malformed", f"No order for ID {number}", 404)
        return order

    def authorization_of(self, account: Account, number: int) -> Authorization:
        """The account's authorization with this number.

        Raises:
            AcmeError: there is none, or it is another account's.
        """
        authorization = self.authorizations.get(number)
        if authorization is None:
            raise refuse("malformed", "No such authorization", 404)
        if authorization.account != account.id:
            raise refuse("unauthorized", "Account ID doesn't match ID for authorization")
        return authorization


@dataclass(frozen=True, slots=True)
class Documents:
    """Shows records as the JSON objects of RFC 8555, with URLs below `base`."""

    base: str

    def account_url(self, account: int) -> str:
        """Where an account is; also its key id."""
        return f"{self.base}/acct/{account}"

    def order_url(self, order: Order) -> str:
        """Where an order is."""
        return f"{self.base}/order/{order.id}"

    def authorization_url(self, authorization: Authorization) -> str:
        """Where an authorization is."""
        return f"{self.base}/authz/{authorization.id}"

    def certificate_url(self, serial: str, chain: int = 0) -> str:
        """Where a certificate is, with its default chain or an alternate one."""
        return f"{self.base}/cert/{serial}" + (f"/{chain}" if chain else "")

    def account(self, account: Account) -> Json:
        """An account object."""
        return {
            "status": account.status,
            "contact": list(account.contact),
            "createdAt": rfc3339(account.created),
            "orders": f"{self.account_url(account.id)}/orders",
        }

    def order(self, order: Order, now: datetime) -> Json:
        """An order object."""
        shown: Json = {
            "status": order.status_at(now),
            "expires": rfc3339(order.expires),
            "identifiers": [{"type": "dns", "value": name} for name in order.names],
            "authorizations": [self.authorization_url(one) for one in order.authorizations],
            "finalize": f"{self.base}/finalize/{order.id}",
        }
        if order.profile:
            shown["profile"] = order.profile
        if order.serial:
            shown["certificate"] = self.certificate_url(order.serial)
        return shown

    def authorization(self, authorization: Authorization, now: datetime) -> Json:
        """An authorization object."""
        shown: Json = {
            "identifier": {"type": "dns", "value": authorization.name},
            "status": authorization.status_at(now),
            "expires": rfc3339(authorization.expires),
            "challenges": [self.challenge(authorization)],
        }
        return shown | ({"wildcard": True} if authorization.wildcard else {})

    def challenge(self, authorization: Authorization) -> Json:
        """The authorization's challenge object."""
        shown: Json = {
            "type": "dns-01",
            "url": f"{self.base}/chall/{authorization.id}",
            "status": authorization.challenge_status,
            "token": authorization.token,
        }
        if authorization.validated:
            shown["validated"] = rfc3339(authorization.validated)
        if authorization.problem:
            shown["error"] = authorization.problem.document()
        return shown


def rfc3339(moment: datetime) -> str:
    """The moment to the second, as ACME writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

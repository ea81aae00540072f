"""What answers at each path: reads the request's payload, lets the right part do it, shows the record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding

from services.practice.acme import payloads
from services.practice.acme.jws import open_inner
from services.practice.acme.orders import PROFILE
from services.practice.acme.problems import refuse
from services.practice.acme.web import Call, Reply, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from services.practice.acme.accounts import Accounts
    from services.practice.acme.model import Documents, Json, Order, Store
    from services.practice.acme.orders import Orders
    from services.practice.acme.renewal import Renewals
    from services.practice.hierarchy import Hierarchy

_TERMS = "https://letsencrypt.org/documents/LE-SA-v1.6-August-18-2025.pdf"
_PROFILE_PAGE = "https://letsencrypt.org/docs/profiles#classic"
_POLL_SECONDS = "1"
_RENEWAL_INFORMATION_SECONDS = "21600"


class Resources:
    """All resources of one server."""

    def __init__(
        self,
        *,
        documents: Documents,
        store: Store,
        accounts: Accounts,
        orders: Orders,
        renewals: Renewals,
        hierarchy: Hierarchy,
        clock: Callable[[], datetime],
        caa_identities: Sequence[str],
    ) -> None:
        self._documents = documents
        self._store = store
        self._accounts = accounts
        self._orders = orders
        self._renewals = renewals
        self._hierarchy = hierarchy
        self._clock = clock
        self._caa_identities = list(caa_identities)

    def routes(self, prefix: str) -> list[Route]:
        """Every path and its resource; `prefix` is empty, or begins with a slash."""
        return [
            Route(f"{prefix}/directory", self.directory, signed=False),
            Route(f"{prefix}/new-nonce", self.new_nonce, signed=False),
            Route(f"{prefix}/new-nonce", self.new_nonce),
            Route(f"{prefix}/new-acct", self.new_account),
            Route(f"{prefix}/acct/<int:account>", self.account),
            Route(f"{prefix}/acct/<int:account>/orders", self.account_orders),
            Route(f"{prefix}/key-change", self.key_change),
            Route(f"{prefix}/new-order", self.new_order),
            Route(f"{prefix}/order/<int:order>", self.order),
            Route(f"{prefix}/finalize/<int:order>", self.finalize),
            Route(f"{prefix}/authz/<int:authorization>", self.authorization),
            Route(f"{prefix}/chall/<int:authorization>", self.challenge),
            Route(f"{prefix}/cert/<serial>", self.certificate),
            Route(f"{prefix}/cert/<serial>/<int:chain>", self.certificate),
            Route(f"{prefix}/revoke-cert", self.revoke),
            Route(f"{prefix}/renewal-info/<renewal_id>", self.renewal_information, signed=False),
            Route(f"{prefix}/i/<authority>", self.issuer, signed=False),
            Route(f"{prefix}/c/<authority>", self.revocation_list, signed=False),
        ]

    def directory(self, _call: Call) -> Reply:
        """Section 7.1.1."""
        base = self._documents.base
        return Reply(
            {
                "newNonce": f"{base}/new-nonce",
                "newAccount": f"{base}/new-acct",
                "newOrder": f"{base}/new-order",
                "revokeCert": f"{base}/revoke-cert",
                "keyChange": f"{base}/key-change",
                "renewalInfo": f"{base}/renewal-info",
                "meta": {
                    "termsOfService": _TERMS,
                    "website": "https://letsencrypt.org",
                    "caaIdentities": self._caa_identities,
                    "profiles": {PROFILE: _PROFILE_PAGE},
                },
            }
        )

    def new_nonce(self, call: Call) -> Reply:
        """Section 7.2; the nonce is in the header that every answer has."""
        return Reply(status=204 if call.method == "GET" else 200)

    def new_account(self, call: Call) -> Reply:
        """Section 7.3."""
        if call.signed is None or call.signed.kid is not None:
            raise refuse("malformed", "Unable to validate JWS :: No embedded JWK in JWS header")
        request = payloads.read(call.payload, payloads.NewAccount)
        account, is_new = self._accounts.create(call.signed.key, request, call.address)
        headers = (
            ("Location", self._documents.account_url(account.id)),
            ("Link", f'<{_TERMS}>;rel="terms-of-service"'),
        )
        return Reply(self._documents.account(account), 201 if is_new else 200, headers=headers)

    def account(self, call: Call) -> Reply:
        """Sections 7.3.2 and 7.3.6."""
        account = call.owner
        if account.id != call.number("account"):
            raise refuse("unauthorized", "Request signing key did not match account key")
        if call.payload:
            self._accounts.update(account, payloads.read(call.payload, payloads.AccountUpdate))
        return Reply(self._documents.account(account), headers=(("Location", self._documents.account_url(account.id)),))

    def account_orders(self, call: Call) -> Reply:
        """Section 7.1.2.1."""
        with self._store.lock:
            mine = [order for order in self._store.orders.values() if order.account == call.owner.id]
        return Reply({"orders": [self._documents.order_url(order) for order in mine]})

    def key_change(self, call: Call) -> Reply:
        """Section 7.3.5."""
        account = call.owner
        inner = open_inner(_json(call.payload), call.url)
        self._accounts.change_key(account, inner, payloads.read(inner.payload, payloads.KeyChange))
        return Reply(self._documents.account(account))

    def new_order(self, call: Call) -> Reply:
        """Section 7.4."""
        order = self._orders.create(call.owner, payloads.read(call.payload, payloads.NewOrder))
        return self._show(order, status=201)

    def order(self, call: Call) -> Reply:
        """Section 7.4: what became of it."""
        return self._show(self._store.order_of(call.owner, call.number("order")))

    def finalize(self, call: Call) -> Reply:
        """Section 7.4: here is the CSR."""
        order = self._store.order_of(call.owner, call.number("order"))
        self._orders.finalize(call.owner, order, payloads.read(call.payload, payloads.Finalize).csr)
        return self._show(order)

    def authorization(self, call: Call) -> Reply:
        """Sections 7.5 and 7.5.2."""
        authorization = self._store.authorization_of(call.owner, call.number("authorization"))
        if call.payload:
            payloads.read(call.payload, payloads.Deactivate)
            self._orders.deactivate(authorization)
        shown = self._documents.authorization(authorization, self._clock())
        return Reply(shown, headers=_poll_again(authorization.status))

    def challenge(self, call: Call) -> Reply:
        """Section 7.5.1."""
        authorization = self._store.authorization_of(call.owner, call.number("authorization"))
        if call.payload:
            self._orders.respond(call.owner, authorization)
        up = ("Link", f'<{self._documents.authorization_url(authorization)}>;rel="up"')
        return Reply(self._documents.challenge(authorization), headers=(up, *_poll_again(authorization.status)))

    def certificate(self, call: Call) -> Reply:
        """Section 7.4.2: the chain, and where the others are."""
        serial = str(call.arguments["serial"])
        chain = int(call.arguments.get("chain", 0))
        record = self._store.certificates.get(serial)
        if record is None or chain >= len(record.issued.chains):
            raise refuse("malformed", "Certificate not found", 404)
        if record.account != call.owner.id:
            raise refuse("unauthorized", "Account in use did not issue specified certificate")
        others = (number for number in range(len(record.issued.chains)) if number != chain)
        links = tuple(("Link", f'<{self._documents.certificate_url(serial, one)}>;rel="alternate"') for one in others)
        return Reply(
            record.issued.fullchain_pem(chain), content_type="application/pem-certificate-chain", headers=links
        )

    def revoke(self, call: Call) -> Reply:
        """Section 7.6."""
        if call.signed is not None:
            self._renewals.revoke(call.signed, call.account, payloads.read(call.payload, payloads.Revoke))
        return Reply()

    def renewal_information(self, call: Call) -> Reply:
        """RFC 9773 section 4."""
        shown = self._renewals.information(str(call.arguments["renewal_id"]))
        return Reply(shown, headers=(("Retry-After", _RENEWAL_INFORMATION_SECONDS),))

    def issuer(self, call: Call) -> Reply:
        """The CA's own certificate, DER: what the AIA field of those below it points to."""
        certificate = self._hierarchy.certificate(self._authority(call))
        return Reply(certificate.public_bytes(Encoding.DER), content_type="application/pkix-cert")

    def revocation_list(self, call: Call) -> Reply:
        """The CA's revocation list, DER."""
        authority = self._authority(call)
        crl = self._hierarchy.crl(authority, self._renewals.revoked_by(authority))
        return Reply(crl, content_type="application/pkix-crl")

    def _authority(self, call: Call) -> str:
        authority = str(call.arguments["authority"]).upper()
        if authority not in self._hierarchy.authorities:
            raise refuse("malformed", "Certificate not found", 404)
        return authority

    def _show(self, order: Order, status: int = 200) -> Reply:
        shown = self._documents.order(order, self._clock())
        headers = (("Location", self._documents.order_url(order)), *_poll_again(str(shown["status"])))
        return Reply(shown, status, headers=headers)


def _poll_again(status: str) -> tuple[tuple[str, str], ...]:
    return (("Retry-After", _POLL_SECONDS),) if status in {"pending", "processing"} else ()


def _json(payload: bytes) -> Json:
    try:
        document = json.loads(payload)
    except ValueError as error:
        raise refuse("malformed", "Parse error reading JWS") from error
    if not isinstance(document, dict):
        raise refuse("malformed", "Parse error reading JWS")
    return document

"""The ACME server as a part of the practice world: puts its pieces together, starts, and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.practice.acme.accounts import Accounts
from services.practice.acme.kept import KeptCa, keep, restore
from services.practice.acme.limits import PRODUCTION, STAGING, RateLimits
from services.practice.acme.model import Documents, Store
from services.practice.acme.orders import Orders
from services.practice.acme.renewal import Renewals
from services.practice.acme.resources import Resources
from services.practice.acme.validation import Validator
from services.practice.acme.web import AcmeWeb
from services.practice.hierarchy import utc_now
from services.practice.part import ServerPart
from services.practice.serving import WsgiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIEnvironment

    from services.practice.faults import Faults
    from services.practice.hierarchy import Hierarchy, Issued
    from services.practice.journal import Journal


class PracticeAcme(ServerPart):
    """An RFC 8555 CA over plain HTTP on loopback, which acts on the fault `acme-rate-limit`.

    A staging hierarchy makes a staging server: its directory is at `/staging/directory`, from which certbot knows it
    for one, and it has staging's generous limits.

    Args:
        faults: the practice world's.
        journal: the practice world's; every request is written to it as part `acme`.
        hierarchy: signs; it must not have issued anything yet, as this server publishes its CA certificates.
        dns_address: IP address and port of the only DNS server that validation asks.
        clock: gives the time, aware, for certificates, expiry, and limits.
        caa_identities: the names by which CAA records mean this CA.
        port: 0 takes a free one.
        kept: what an earlier world's server had; None for a new one.

    Attributes:
        directory_url: what certbot's `--server` is given.

    Raises:
        OSError: the port is taken.
    """

    name = "acme"

    def __init__(
        self,
        faults: Faults,
        journal: Journal,
        hierarchy: Hierarchy,
        dns_address: tuple[str, int],
        clock: Callable[[], datetime] = utc_now,
        *,
        caa_identities: Sequence[str] = ("letsencrypt.org",),
        port: int = 0,
        kept: KeptCa | None = None,
    ) -> None:
        self.hierarchy = hierarchy
        self._journal = journal
        self._store = Store()
        if kept is not None:
            restore(self._store, kept)
        self._server = WsgiServer(self._answer, "practice-acme", port)
        prefix = "/staging" if hierarchy.staging else ""
        documents = Documents(self._server.url + prefix)
        hierarchy.publish_at(documents.base)
        self.directory_url = f"{documents.base}/directory"
        limits = RateLimits(clock, STAGING if hierarchy.staging else PRODUCTION)
        accounts = Accounts(self._store, documents, limits, clock)
        renewals = Renewals(self._store, clock)
        orders = Orders(
            store=self._store,
            documents=documents,
            limits=limits,
            validator=Validator(dns_address, caa_identities),
            hierarchy=hierarchy,
            renewals=renewals,
            faults=faults,
            clock=clock,
        )
        resources = Resources(
            documents=documents,
            store=self._store,
            accounts=accounts,
            orders=orders,
            renewals=renewals,
            hierarchy=hierarchy,
            clock=clock,
            caa_identities=caa_identities,
        )
        self._web = AcmeWeb(documents.base, resources.routes(prefix), accounts=accounts, journal=journal, clock=clock)

    @property
    def roots_pem(self) -> str:
        """The trust anchors, ISRG Root X1 and X2, as PEM."""
        return self.hierarchy.roots_pem()

    @property
    def issued(self) -> list[Issued]:
        """What was issued so far, oldest first."""
        with self._store.lock:
            return [certificate.issued for certificate in self._store.certificates.values()]

    def keep(self) -> KeptCa:
        """Accounts and certificates as they are now, for a later world."""
        return keep(self._store)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._web(environ, start_response)  # the server has to exist, for its port, before what it serves

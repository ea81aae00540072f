"""The course of the connection step: connect and prove with each version, then try what must be refused."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.events import Answer
from services.mqtt import proofs
from services.mqtt.client import Connection, Login
from services.mqtt.kinds import CLIENT_LIST, NO_CERTIFICATE, OTHER_CA, WRONG_PASSWORD, Proof, Version
from services.mqtt.wire import Identity, Target, client_context
from services.outside import safe

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from services.emqx.api import DeploymentApi

_NOT_REFUSED: Final = {
    NO_CERTIFICATE: "client-cert-not-required",
    OTHER_CA: "client-ca-not-checked",
    WRONG_PASSWORD: "mqtt-password-not-checked",
}


@dataclass(frozen=True, slots=True)
class Client:
    """Whom to connect to, as whom, and what to trust.

    Attributes:
        target: host, port and addresses.
        ca_file: the only certificates that are trusted.
        identity: the client's certificate and key.
        common_name: of that certificate.
        login: user name and password.
    """

    target: Target
    ca_file: Path
    identity: Identity
    common_name: str
    login: Login

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of this client.

        Raises:
            ServiceError: ca-file-unreadable, client-key-mismatch, client-key-locked, file-not-found.
        """
        return client_context(self.ca_file, self.identity)


async def prove_mutual(
    client: Client, version: Version, topic: str, api: DeploymentApi | None
) -> AsyncGenerator[Proof, None]:
    """Connect, make a round trip, and (with `api`) ask the broker whom it sees; yield each proof.

    Raises:
        ServiceError: those of `Connection`.
    """
    connection = Connection(client.target, client.context(), client.login, version)
    await asyncio.to_thread(connection.__enter__)
    try:
        yield await asyncio.to_thread(proofs.mutual_tls, connection, version, topic or _own_topic())
        if api is not None:
            yield await in_client_list(api, connection.client_id, client.common_name)
    finally:
        await asyncio.shield(asyncio.to_thread(connection.close))


async def in_client_list(api: DeploymentApi, client_id: str, common_name: str) -> Proof:
    """Prove that the broker's client list shows the certificate's common name; where it cannot be asked, say so."""
    try:
        rows = await api.clients(client_id=client_id)
    except ServiceError as error:
        return Proof(CLIENT_LIST, Answer.UNKNOWN, error.id)
    seen = next((row.common_name for row in rows if row.client_id == client_id), "")
    if not seen:
        return Proof(CLIENT_LIST, Answer.UNKNOWN, "")
    return Proof(CLIENT_LIST, Answer.YES if seen == safe(common_name) else Answer.NO, f"CN={seen}")


async def prove_refusals(client: Client, versions: tuple[Version, ...]) -> tuple[Proof, ...]:
    """Try, at the same time, what must be refused: no certificate, one of another CA, a wrong password."""
    target, login = client.target, client.login
    tries = [
        asyncio.to_thread(proofs.without_certificate, target, client.ca_file, login),
        asyncio.to_thread(proofs.with_other_ca, target, client.ca_file, login, client.common_name),
    ]
    if login.user:
        context = client.context()
        tries += [asyncio.to_thread(proofs.with_wrong_password, target, context, login, each) for each in versions]
    return tuple(await asyncio.gather(*tries))


def not_refused(found: tuple[Proof, ...], client: Client) -> ServiceError | None:
    """Return the finding of the first proof that says no; None where nothing was let in wrongly. Pure."""
    for proof in found:
        finding = next((id_ for kind, id_ in _NOT_REFUSED.items() if proof.id.startswith(kind)), None)
        if finding is not None and proof.answer is Answer.NO:
            target = client.target
            return ServiceError(finding, host=target.host, port=target.port, evidence=proof.evidence)
    return None


def _own_topic() -> str:
    return f"emqx-mtls/{secrets.token_hex(8)}"

"""Connecting, for the connection step: the CA file, the client, the proofs, and the nearer cause where one fails.

Brings paho, OpenSSL and cryptography, so it is imported when the step runs.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from services.acme.lineage import Lineage, read_lineage
from services.emqx.look import Place, look
from services.emqx.served import difference
from services.errors import ServiceError
from services.files import read_file
from services.guide.connection_words import ca_file
from services.guide.own_files import write_own
from services.mqtt import course
from services.mqtt.client import Login
from services.mqtt.course import Client
from services.mqtt.kinds import Proof, Version
from services.mqtt.wire import Identity, Target
from services.secrets import SecretName
from services.tls.certificate import to_pem
from services.tls.chain import read_pem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.emqx.api import DeploymentApi
    from services.guide.connection import Request
    from services.guide.step import Here

_UNVERIFIED: Final = ("server-", "ca-file-", "hostname-", "issuer-", "signature-")  # how such findings' ids begin


def write_ca_file(request: Request, here: Here) -> Lineage:
    """Write the CA file that was asked for; return the lineage that it is for. Blocking.

    Raises:
        ServiceError: root-not-found, staging-certificate, and those of reading and writing.
    """
    lineage = read_lineage(request.live, here.world.extra_roots, now=here.world.clock())
    if request.ca_file != "root":
        trusted = lineage.fullchain.certificates[-1]  # by its place: that is the guide's mistake
    elif lineage.root is not None:
        trusted = lineage.root.certificate
    else:
        finding = "staging-certificate" if lineage.is_staging else "root-not-found"
        raise ServiceError(finding, issuer=lineage.certificates[-1].issuer)
    write_own(here, ca_file(request, here), to_pem(trusted))
    return lineage


def client(request: Request, here: Here, addresses: tuple[str, ...]) -> Client:
    """Return the client that `request` describes, which connects to `addresses`.

    Raises:
        ServiceError: no-mqtt-password; file-not-found, file-not-readable, ca-file-unreadable (the certificate).
    """
    password = here.world.secrets.get(SecretName.MQTT_PASSWORD)
    if request.user and password is None:
        raise ServiceError("no-mqtt-password", user=request.user)
    common_name = read_pem(read_file(request.certificate), request.certificate)[0].common_name
    return Client(
        target=Target(request.host, request.port, addresses),
        ca_file=ca_file(request, here),
        identity=Identity(request.certificate, request.key),
        common_name=common_name,
        login=Login(request.user, password if request.user else None),
    )


async def prove(
    client: Client, request: Request, lineage: Lineage, api: DeploymentApi | None
) -> AsyncGenerator[Proof, None]:
    """Connect with each version of MQTT that was asked for, then try what must be refused; yield each proof.

    Raises:
        ServiceError: what keeps the client from connecting; client-cert-not-required, client-ca-not-checked,
            mqtt-password-not-checked, after the last proof, where somebody was let in who should not be.
    """
    versions = tuple(version for version in Version if str(version) in request.versions)
    for version in versions:
        asked = api if version is versions[-1] else None
        try:
            async with aclosing(course.prove_mutual(client, version, request.topic, asked)) as proving:
                async for proof in proving:
                    yield proof
        except ServiceError as error:
            raise await _nearer(error, client, request, lineage) from error
    refusals = await course.prove_refusals(client, versions)
    for proof in refusals:
        yield proof
    if (let_in := course.not_refused(refusals, client)) is not None:
        raise let_in


async def _nearer(error: ServiceError, client: Client, request: Request, lineage: Lineage) -> ServiceError:
    """Where the server could not be verified, see what it serves: the cause may be there, not in the CA file."""
    if request.ca_file != "root" or not error.id.startswith(_UNVERIFIED):
        return error
    target = client.target
    try:
        seen = await asyncio.to_thread(look, Place(target.host, target.port, target.addresses), None)
    except ServiceError:
        return error
    to_serve = [certificate for certificate in lineage.certificates if not certificate.self_signed]
    wrong = difference(seen.served, to_serve, host=target.host, port=target.port, now=lineage.read_at)
    return wrong or error

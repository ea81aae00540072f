"""A crowd of MQTT clients on verified TLS connections: some stay connected, others come back all the time."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.pki.places import ClientFolder
from services.secrets import SecretName
from services.tls.mqtt_connect import Login, connect_packet, disconnect_packet
from tests.system.renewal_world import SetUp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

USER = "device-1"
PAUSE = 0.4  # between two connections of one client
_SECONDS = 30.0
_PING, _PONG = b"\xc0\x00", b"\xd0\x00"
_CONNACK = 0x20


@dataclass
class Crowd:
    """What the clients met.

    Attributes:
        attempts: connections that were tried by those who come back.
        refused: why each one that failed did so.
        leaves: SHA-256 of every server certificate that was shown.
        stayed: how many of those who stay were still connected at the end.
    """

    attempts: int = 0
    refused: list[str] = field(default_factory=list)
    leaves: set[str] = field(default_factory=set)
    stayed: int = 0
    rounds: dict[int, int] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def everybody_again(self) -> None:
        """Wait until each one who comes back has begun and ended a connection from now on."""
        wanted = {each: rounds + 2 for each, rounds in self.rounds.items()}
        async with asyncio.timeout(_SECONDS):
            async with self.changed:
                await self.changed.wait_for(lambda: all(self.rounds[each] >= wanted[each] for each in wanted))


@dataclass(frozen=True)
class _Client:
    """How one client connects: it verifies the server, and shows its certificate."""

    found: SetUp
    context: ssl.SSLContext
    name: str

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        world = self.found.world
        async with asyncio.timeout(_SECONDS):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", world.emqx.port, ssl=self.context, server_hostname=world.domain
            )
            try:
                writer.write(connect_packet("5.0", Login(USER, world.secrets.get(SecretName.MQTT_PASSWORD), self.name)))
                answer = await reader.read(1024)
                _admitted(answer)
            except BaseException:
                writer.transport.abort()
                raise
        return reader, writer


def _admitted(answer: bytes) -> None:
    if len(answer) < 4 or answer[0] != _CONNACK or answer[3] != 0:
        raise ConnectionRefusedError(f"CONNECT was answered with {answer.hex() or 'an end'}")


def context_of(found: SetUp, client: ClientFolder) -> ssl.SSLContext:
    """A strict client's context, with the certificate of `client`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=found.world.extra_roots.decode())
    context.load_cert_chain(client.certificate, client.key)
    return context


@asynccontextmanager
async def crowd(
    found: SetUp, *, staying: int, returning: int, client: ClientFolder | None = None, name: str = "client"
) -> AsyncGenerator[Crowd, None]:
    """Connect them all; while the block runs they stay or come back; then see who is still there."""
    context = context_of(found, client or ClientFolder(found.workspace.client))
    told = Crowd(rounds=dict.fromkeys(range(returning), 0))
    stay = [await _Client(found, context, f"{name}-stays-{each}").connect() for each in range(staying)]
    tasks = [
        asyncio.create_task(_come_back(told, _Client(found, context, f"{name}-{each}"), each))
        for each in range(returning)
    ]
    try:
        yield told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for reader, writer in stay:
            told.stayed += await _answers(reader, writer)


async def _come_back(told: Crowd, client: _Client, number: int) -> None:
    while True:
        told.attempts += 1
        try:
            _, writer = await client.connect()
        except (OSError, TimeoutError) as error:
            told.refused.append(f"{type(error).__name__}: {error}")
        else:
            tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
            told.leaves.add(hashlib.sha256(tls.getpeercert(binary_form=True) or b"").hexdigest())
            await _leave(writer)
        async with told.changed:
            told.rounds[number] += 1
            told.changed.notify_all()
        await asyncio.sleep(PAUSE)


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Tell whether the broker still answers a ping on this connection; then leave."""
    try:
        async with asyncio.timeout(_SECONDS):
            writer.write(_PING)
            alive = await reader.read(2) == _PONG
    except (OSError, TimeoutError):
        alive = False
    await _leave(writer)
    return alive


async def _leave(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, TimeoutError):
        writer.write(disconnect_packet())
        writer.close()
        async with asyncio.timeout(_SECONDS):
            await writer.wait_closed()

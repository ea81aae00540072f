"""The world's factory: the only place that knows the practice world by name.

`practice()` and `live()` are async context managers; a step is handed the World that they yield and cannot tell which.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.secrets import SecretStore, from_keyring
from services.world import Acme, Aws, Dns, Emqx, World, utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from datetime import datetime

    from services.workspace import Workspace

_PRACTICE_PACKAGES: Final = ("moto", "flask", "flask_cors", "dnslib", "iotcore")


@asynccontextmanager
async def practice(
    workspace: Workspace | None = None,
    *,
    faults: Iterable[str] = (),
    clock: Callable[[], datetime] = utc_now,
    port: int = 0,
) -> AsyncGenerator[World, None]:
    """Start a practice world, yield it, and leave nothing of it behind.

    Args:
        workspace: where an earlier practice run left its traces: the world starts as that run left it (the same CA,
            the CNAME, the deployment's certificate), so that a resumed set-up finds what it made.
        faults: ids of what is broken from the start.
        clock: the time that everything in this world goes by.
        port: of the deployment's TLS listener; 0 for a free one.

    Raises:
        ServiceError: practice-missing where the extra is not installed; no-such-fault; port-taken.
    """
    if any(importlib.util.find_spec(package) is None for package in _PRACTICE_PACKAGES):
        raise ServiceError("practice-missing", command=f"{sys.executable} -m pip install 'emqx-mtls[practice]'")
    from services.practice.world import PracticeWorld  # noqa: PLC0415 - an extra, and heavy

    running = PracticeWorld(workspace, faults=faults, clock=clock, port=port)
    try:
        await asyncio.to_thread(running.start)
        yield running.world()
    finally:
        await asyncio.shield(asyncio.to_thread(running.stop))


@asynccontextmanager
async def live(
    *,
    aws: Aws | None = None,
    acme: Acme | None = None,
    dns: Dns | None = None,
    emqx: Emqx | None = None,
    domain: str = "",
    extra_roots: bytes = b"",
    secrets: SecretStore | None = None,
) -> AsyncGenerator[World, None]:
    """Yield the world as it is: AWS, Let's Encrypt and EMQX at their own addresses unless others are given."""
    yield World(
        "live",
        aws=aws or Aws(),
        acme=acme or Acme(),
        dns=dns or Dns(),
        emqx=emqx or Emqx(),
        domain=domain,
        extra_roots=extra_roots,
        secrets=secrets or SecretStore(keyring=from_keyring),
    )

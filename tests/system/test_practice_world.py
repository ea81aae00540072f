"""The practice world as one: it starts whole, leaves nothing behind, and never leaves this machine."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from services import worlds
from services.errors import ServiceError
from services.workspace import Workspace

if TYPE_CHECKING:
    from services.world import World


def ports(world: World) -> list[int]:
    """Every TCP port that the world told of."""
    urls = (world.aws.endpoint_url, world.acme.directory_url, world.emqx.platform_url, world.emqx.api_url)
    assert world.dns.nameserver is not None
    return [urlsplit(url or "").port or 0 for url in urls] + [world.emqx.port, world.dns.nameserver[1]]


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def children() -> set[str]:
    """The process ids of this process's children."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text("utf-8").split())


async def test_it_starts_whole_and_leaves_nothing_behind() -> None:
    threads, before = set(threading.enumerate()), children()
    async with worlds.practice() as world:
        told = ports(world)
        assert all(map(answers, told))
        assert world.aws.credentials_file is not None
        assert world.aws.credentials_file.stat().st_mode & 0o777 == 0o600
    assert not any(map(answers, told))
    assert not world.aws.credentials_file.exists()
    assert {thread for thread in set(threading.enumerate()) - threads if "practice" in thread.name} == set()
    assert children() <= before


async def test_an_exception_takes_it_down_too() -> None:
    told: list[int] = []

    async def fail() -> None:
        async with worlds.practice() as world:
            told.extend(ports(world))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert told
    assert not any(map(answers, told))


async def test_two_worlds_side_by_side_are_two() -> None:
    async with worlds.practice() as one, worlds.practice() as other:
        assert set(ports(one)).isdisjoint(ports(other))
        assert one.extra_roots != other.extra_roots


async def test_everything_is_on_loopback() -> None:
    async with worlds.practice() as world:
        hosts = {
            urlsplit(url or "").hostname
            for url in (world.aws.endpoint_url, world.acme.directory_url, world.emqx.platform_url, world.emqx.api_url)
        }
        assert hosts == {"127.0.0.1"}
        assert world.dns.nameserver is not None
        assert world.dns.nameserver[0] == "127.0.0.1"


async def test_a_child_program_sees_the_practice_account_only() -> None:
    inherited = {"PATH": "/bin", "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_PROFILE": "production", "HOME": "/home/me"}
    async with worlds.practice() as world:
        environment = world.child_environment(inherited)
    assert "AWS_ACCESS_KEY_ID" not in environment
    assert environment["AWS_PROFILE"] == "certbot"
    assert environment["AWS_ENDPOINT_URL"] == world.aws.endpoint_url
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] != "/home/me/.aws/credentials"


async def test_a_workspace_meets_its_ca_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    async with worlds.practice(workspace) as world:
        roots = world.extra_roots
    async with worlds.practice(workspace) as again:
        assert again.extra_roots == roots
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "practice").glob("*.key")} == {0o600}


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError) as caught:
            async with worlds.practice(port=port):
                pass
    assert caught.value.id == "port-taken"
    assert str(port) in caught.value.what


async def test_a_fault_that_is_none_is_named() -> None:
    with pytest.raises(ServiceError) as caught:
        async with worlds.practice(faults=["no-such-thing"]):
            pass
    assert caught.value.id == "no-such-fault"

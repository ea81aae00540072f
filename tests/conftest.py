"""What every test gets: loopback only, English, compiled texts, and honest skips."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from services import text  # noqa: E402 - the path comes first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_FIRST = ("looks", "system", "ui", "unit")  # folders; the pictures are one module, and the longest
NO_SKIP = "EMQX_MTLS_NO_SKIP"  # set by .ci/run, where every cross-check program is installed


# The garbage collector looks at every object of every screen: done as seldom as this, it saves a quarter of the time.
gc.set_threshold(50_000, 50, 50)

# A busy machine is no failure: how long one example takes says nothing, and pytest-timeout stops what never ends.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the text catalogues where a .po is newer than its .mo: once, before any worker starts."""
    if hasattr(config, "workerinput"):
        return
    sources = (ROOT / "assets" / "text").glob("*/LC_MESSAGES/*.po")
    if any(_stale(source) for source in sources):
        from hatch_build import compile_catalogues  # noqa: PLC0415 - needs babel, and seldom

        compile_catalogues(ROOT)


def _stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the folders' kinds, and begin with the long ones: at the end, the quick ones keep every worker busy."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONGEST_FIRST) if name in item.path.parts), 0))
    for item in items:
        if "system" in item.path.parts:
            item.add_marker(pytest.mark.system)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose program is missing; where EMQX_MTLS_NO_SKIP is set, fail it instead."""
    for marker in item.iter_markers("needs"):
        for program in marker.args:
            if shutil.which(program) is None and not _is_sbin(program):
                if os.environ.get(NO_SKIP):
                    pytest.fail(f"{program} is missing, and nothing may be skipped here")
                pytest.skip(f"needs {program}")


def _is_sbin(program: str) -> bool:
    """Debian puts servers where an ordinary user's PATH does not look."""
    return Path("/usr/sbin", program).exists()


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that tries to reach anything but this machine, even where the code under test hides the error."""
    tried: list[str] = []

    def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(sock: socket.socket, *args: Any) -> Any:
            address = args[-1]
            if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(str(address[0])):
                tried.append(str(address))
                raise ConnectionRefusedError(f"tests reach loopback only, not {address}")
            return method(sock, *args)

        return call

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    yield
    if tried:
        pytest.fail(f"tried to reach {', '.join(tried)}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Every test begins and ends in English."""
    text.use_language("en")
    yield
    text.use_language("en")


@pytest.fixture(autouse=True)
def no_real_account(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the AWS set-up, the EMQX keys or the home folder of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "EMQX_")) and not name.startswith("EMQX_MTLS_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home", numbered=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

"""Starting is quick because nothing heavy is imported, and nothing is opened before it is wanted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "boto3", "botocore", "certbot", "httpx", "cryptography", "paho", "moto", "flask", "OpenSSL", "dns",
    "textual.widgets._markdown", "services.practice", "services.guide.runner",
)  # fmt: skip

PROGRAM = f"""
import asyncio, sys
from pathlib import Path
from app.wizard import Wizard

async def main():
    app = Wizard(settings_file=Path("none.json"))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("down", "f1", "escape", "ctrl+t", "escape")
        assert type(app.screen).__name__ == "WelcomeScreen", app.screen

asyncio.run(main())
print(",".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def found_after(program: str, folder: Path) -> str:
    """Run `program` in a Python of its own; return what it printed."""
    environment = {"PYTHONPATH": str(ROOT), "HOME": str(folder), "TERM": "xterm"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_first_screens_import_nothing_heavy(tmp_path: Path) -> None:
    assert found_after(PROGRAM, tmp_path) == ""


@pytest.mark.parametrize(
    "module", ["screens.guide", "screens.panes", "screens.step_view", "screens.place", "screens.status", "app.place"]
)
def test_the_guides_screen_imports_nothing_heavy_either(module: str, tmp_path: Path) -> None:
    program = f"import sys, {module}\nprint(','.join(name for name in {HEAVY!r} if name in sys.modules))"
    assert found_after(program, tmp_path) == ""


def test_looking_at_the_first_screen_leaves_no_trace(tmp_path: Path) -> None:
    found_after(PROGRAM, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

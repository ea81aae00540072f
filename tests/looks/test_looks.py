"""How the screens look: every section at both sizes, dark and light, and in Japanese.

Pictures lie in __snapshots__; `pytest tests/looks --snapshot-update` makes them anew: look at them then.
`EMQX_MTLS_DRAW=1 pytest tests/looks -k readme` makes the README's pictures anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.guide.step import SECTIONS
from tests.looks.scenes import NARROW, WIDE, show, wizard

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

SCENES = ("welcome", "help", "settings", "diagnose", *SECTIONS, "connection:done", "connection:failed")
SOME = ("welcome", "connection:done", "connection:failed", "subdomain")
PICTURES = Path(__file__).parents[2] / "assets" / "screens"


def look(snap: Callable[..., bool], scene: str, size: tuple[int, int], **settings: Any) -> bool:
    """Tell whether `scene` looks as it did."""
    name = "-".join((scene.replace(":", "-"), str(size[0]), *settings.values()))

    async def before(pilot: Pilot[int]) -> None:
        await show(pilot, scene)

    with wizard(name, **settings) as app:
        return snap(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_dark(snap_compare: Callable[..., bool], scene: str, size: tuple[int, int]) -> None:
    assert look(snap_compare, scene, size)


@pytest.mark.parametrize("scene", SOME)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_light(snap_compare: Callable[..., bool], scene: str, size: tuple[int, int]) -> None:
    assert look(snap_compare, scene, size, theme="mtls-light")


@pytest.mark.parametrize("scene", SOME)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_japanese(snap_compare: Callable[..., bool], scene: str, size: tuple[int, int]) -> None:
    assert look(snap_compare, scene, size, language="ja")


@pytest.mark.parametrize("scene", ["connection:done", "connection:failed"])
async def test_the_pictures_in_the_readme_are_current(scene: str) -> None:
    name = scene.replace(":", "-")
    with wizard(f"readme-{name}") as app:
        async with app.run_test(size=WIDE) as pilot:
            await show(pilot, scene)
            drawn = app.export_screenshot(title="emqx-mtls")
    picture = PICTURES / f"{name}.svg"
    if os.environ.get("EMQX_MTLS_DRAW"):
        picture.write_text(drawn, "utf-8")
    assert picture.read_text("utf-8") == drawn

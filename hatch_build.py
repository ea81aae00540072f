"""Compile the text catalogues (.po) to what gettext reads (.mo).

The build runs it (`pip install` of any kind); after editing a .po in a checkout, run `python hatch_build.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(root: Path) -> list[Path]:
    """Write a .mo beside each .po under `root`/assets/text; return the .po files compiled."""
    sources = sorted((root / "assets" / "text").glob("*/LC_MESSAGES/*.po"))
    for source in sources:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, domain=source.stem, abort_invalid=True)
        target = source.with_suffix(".mo")
        scratch = target.with_suffix(".mo.tmp")
        with scratch.open("wb") as file:
            write_mo(file, catalogue)
        scratch.replace(target)
    return sources


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand in a checkout, where hatchling need not be installed
    pass
else:

    class CatalogueBuildHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
        """Hatchling calls this before it packs a wheel, an editable one included."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
            """Compile every catalogue."""
            compile_catalogues(Path(self.root))


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)

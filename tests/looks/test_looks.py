"""How the screens look: every screen in its main states, at both sizes: dark, light, and in Japanese.

Pictures lie in pictures/ as text (`picture` says how to read one). Where one differs, looks-report.html shows before
and after, and the test says how its words differ. `EMQX_MTLS_DRAW=1 pytest tests/looks` draws them anew, and the
README's with them: look at what git says has changed.
"""

from __future__ import annotations

import difflib
import os
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.looks.picture import as_html
from tests.looks.scenes import NARROW, WIDE, Scenes, settled, wizard

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "looks-report.html"
README = {"connection-failed", "connection-done"}
POSTER = (120, 46)  # a step as a whole
README_PICTURES = HERE.parents[1] / "assets" / "screens"
DRAW = bool(os.environ.get("EMQX_MTLS_DRAW"))
LOOKS = [(*look, size) for look in (("en", "dark"), ("en", "light"), ("ja", "dark")) for size in ("wide", "narrow")]
SIZES = {"wide": WIDE, "narrow": NARROW}


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_every_scene(tmp_path: Path, language: str, theme: str, size: str) -> None:
    look = f"{language}-{size}-{theme}"
    drawn: dict[str, str] = {}
    with wizard(tmp_path, theme=f"mtls-{theme}", language=language) as app:
        async with app.run_test(size=SIZES[size]) as pilot, aclosing(Scenes(app).play()) as scenes:
            async for scene in scenes:
                drawn[f"{scene}.txt"] = await settled(app, pilot)
                if look == "en-wide-dark" and scene in README:
                    await pilot.resize_terminal(*POSTER)
                    app.screen.query_one("#step-connection").scroll_home(animate=False)
                    await settled(app, pilot)
                    _compare(README_PICTURES, {f"{scene}.svg": app.export_screenshot(title="emqx-mtls")}, look)
                    await pilot.resize_terminal(*WIDE)
    _compare(HERE / "pictures" / look, drawn, look, whole=True)


def _compare(folder: Path, drawn: dict[str, str], look: str, *, whole: bool = False) -> None:
    """Compare what was drawn with the pictures in `folder` (the `whole` of it), or put it there."""
    kept = {path.name: path.read_text("utf-8") for path in folder.glob("*") if whole or path.name in drawn}
    changed = [name for name in sorted(kept.keys() | drawn.keys()) if kept.get(name) != drawn.get(name)]
    if not DRAW:
        if changed:
            pytest.fail(_report(look, changed, kept, drawn), pytrace=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in drawn:
            (folder / name).write_text(drawn[name], "utf-8")
        else:
            (folder / name).unlink()


def _report(look: str, changed: list[str], kept: dict[str, str], drawn: dict[str, str]) -> str:
    """Write before and after side by side, and return how the words differ."""
    report = REPORT.with_stem(f"{REPORT.stem}-{look}")
    body, lines = [], [f"{len(changed)} of {len(drawn)} pictures differ: {report.name} shows them"]
    for name in changed:
        before, after = kept.get(name, ""), drawn.get(name, "")
        shown = [as_html(words) if name.endswith(".txt") and words else words for words in (before, after)]
        body.append(f"<h2>{name}</h2><table><tr><td>{shown[0]}</td><td>{shown[1]}</td></tr></table>")
        lines += difflib.unified_diff(before.split("\n"), after.split("\n"), f"{look}/{name}", "now", lineterm="", n=1)
    style = "<style>body{background:#888} td{vertical-align:top} pre{margin:4px}</style>"
    report.write_text(f'<meta charset="utf-8">{style}<h1>{look}: before, now</h1>{"".join(body)}', "utf-8")
    return "\n".join(lines[:200])

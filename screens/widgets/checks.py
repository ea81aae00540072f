"""What a step does now, and what it has checked and proven so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from screens.shown import clock, shown
from screens.symbols import ANSWERS
from screens.wrapping import NARROWEST, wrap
from services.columns import took
from services.events import Answer
from services.text import text

if TYPE_CHECKING:
    from textual.geometry import Size

    from screens.walk import StepRun
    from services.events import Check


class Checks(Widget):
    """The checks of a run as they come, and below them what goes on."""

    def __init__(self) -> None:
        super().__init__(classes="checks")
        self.run: StepRun | None = None

    def show(self, run: StepRun) -> None:
        """Show `run` as it is now."""
        self.run = run
        self.display = bool(run.running or run.checks)
        self.refresh(layout=True)

    def on_mount(self) -> None:
        """While something runs its time goes on."""
        self.display = False
        self.set_interval(0.5, self._tick)

    def _tick(self) -> None:
        if self.run is not None and self.run.running and self.display:
            self.refresh()

    def render(self) -> Content:
        """Return a row for each check (its fix below where it needs one), and one for what goes on."""
        if self.run is None:
            return Content("")
        width = max(20, self.size.width or 60)
        return Content("\n").join(self._rows(width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """Return the rows that all of it takes."""
        return len(self._rows(max(1, width)))

    def _rows(self, width: int) -> list[Content]:
        if self.run is None:
            return []
        rows = [row for check in self.run.checks.values() for row in check_rows(check, width)]
        return rows + (self._now(width) if self.run.running else [])

    def _now(self, width: int) -> list[Content]:
        """Return the rows of what goes on."""
        assert self.run is not None  # noqa: S101 - the caller has looked
        progress = self.run.progress
        doing = str(progress.doing) if progress else text("wizard.running")
        if progress is not None and progress.done is not None and progress.total:  # a wait that has an end
            waited = text("wizard.waited", waited=clock(progress.done), most=clock(progress.total))
        else:
            waited = f"{int(self.run.elapsed)} s"
        words = Content.assemble(shown(doing), (f"  {waited}", "$text-muted"))
        return _hung(Content.styled("● ", "$accent bold"), wrap(words, max(NARROWEST, width - 2)))


def check_rows(check: Check, width: int) -> list[Content]:
    """Return the rows of one check: symbol, words, and the time it took at the right edge."""
    symbol = ANSWERS[check.answer]
    time = took(check.seconds) if check.seconds is not None else ""
    words = shown(check.what)
    if check.answer is not Answer.YES:
        words = Content.assemble(words, (f"  ({text(symbol.word)})", "$text-muted"))
    lines = wrap(words, max(NARROWEST, width - 2 - (len(time) + 2 if time else 0)))
    first = Content.assemble((f"{symbol.mark} ", symbol.style), lines[0])
    if time:
        gap = max(2, width - first.cell_length - len(time))
        first = Content.assemble(first, " " * gap, (time, "$text-muted"))
    rows = _hung(first, [Content(""), *lines[1:]])
    if check.fix is not None and check.answer is not Answer.YES:
        fix = wrap(shown(check.fix, "$text-muted"), max(NARROWEST, width - 2))
        rows += [Content.assemble("  ", line) for line in fix]
    return rows


def _hung(mark: Content, lines: list[Content]) -> list[Content]:
    """Return `lines`, `mark` before the first and as much room before the others as a symbol takes."""
    return [Content.assemble(mark, lines[0]), *(Content.assemble("  ", line) for line in lines[1:])]

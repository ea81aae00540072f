"""The screen of the section `next_steps`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class NextStepsView(StepView):
    """Its form."""

    SECTION = "next_steps"
    ROWS: ClassVar[Rows] = ((Field("with_commands", Kind.SWITCH),),)
    PAGES: ClassVar[tuple[str, ...]] = ("renewal", "devices")


VIEW = NextStepsView

"""The screen of the section `next_steps`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class NextStepsView(StepView):
    """Its form and its remedies."""

    SECTION = "next_steps"
    ROWS: ClassVar[Rows] = ()


VIEW = NextStepsView

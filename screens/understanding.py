"""The screen of the section `understanding`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class UnderstandingView(StepView):
    """Its form and its remedies."""

    SECTION = "understanding"
    ROWS: ClassVar[Rows] = ()


VIEW = UnderstandingView

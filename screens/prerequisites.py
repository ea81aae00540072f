"""The screen of the section `prerequisites`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class PrerequisitesView(StepView):
    """Its form and its remedies."""

    SECTION = "prerequisites"
    ROWS: ClassVar[Rows] = ()


VIEW = PrerequisitesView

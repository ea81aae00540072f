"""The screen of the section `deployment`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class DeploymentView(StepView):
    """Its form and its remedies."""

    SECTION = "deployment"
    ROWS: ClassVar[Rows] = ()


VIEW = DeploymentView

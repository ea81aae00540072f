"""The screen of the section `deployment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class DeploymentView(StepView):
    """Its form and its remedies."""

    SECTION = "deployment"
    ROWS: ClassVar[Rows] = ()


VIEW = DeploymentView

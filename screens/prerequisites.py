"""The screen of the section `prerequisites`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class PrerequisitesView(StepView):
    """Its form and its remedies."""

    SECTION = "prerequisites"
    ROWS: ClassVar[Rows] = ()


VIEW = PrerequisitesView

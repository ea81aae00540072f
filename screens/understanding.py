"""The screen of the section `understanding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class UnderstandingView(StepView):
    """Its form and its remedies."""

    SECTION = "understanding"
    ROWS: ClassVar[Rows] = ()


VIEW = UnderstandingView

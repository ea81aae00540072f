"""The screen of the section `connection`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class ConnectionView(StepView):
    """Its form and its remedies."""

    SECTION = "connection"
    ROWS: ClassVar[Rows] = ()


VIEW = ConnectionView

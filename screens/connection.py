"""The screen of the section `connection`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class ConnectionView(StepView):
    """Its form and its remedies."""

    SECTION = "connection"
    ROWS: ClassVar[Rows] = ()


VIEW = ConnectionView

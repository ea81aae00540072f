"""The screen of the section `subdomain`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class SubdomainView(StepView):
    """Its form and its remedies."""

    SECTION = "subdomain"
    ROWS: ClassVar[Rows] = ()


VIEW = SubdomainView

"""The screen of the section `subdomain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class SubdomainView(StepView):
    """Its form and its remedies."""

    SECTION = "subdomain"
    ROWS: ClassVar[Rows] = ()


VIEW = SubdomainView

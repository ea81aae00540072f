"""The screen of the section `understanding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class UnderstandingView(StepView):
    """Its form."""

    SECTION = "understanding"
    ROWS: ClassVar[Rows] = ((Field("live", Kind.PATH),),)


VIEW = UnderstandingView

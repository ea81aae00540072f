"""The screen of the section `subdomain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class SubdomainView(StepView):
    """Its form."""

    SECTION = "subdomain"
    ROWS: ClassVar[Rows] = (
        (Field("domain"),),
        (Field("target"),),
        (Field("ttl"), Field("by_hand", Kind.SWITCH)),
    )


VIEW = SubdomainView

"""The screen of the section `server_certificate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class ServerCertificateView(StepView):
    """Its form and its remedies."""

    SECTION = "server_certificate"
    ROWS: ClassVar[Rows] = ()


VIEW = ServerCertificateView

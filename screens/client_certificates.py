"""The screen of the section `client_certificates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.step_view import StepView

if TYPE_CHECKING:
    from screens.fields import Rows


class ClientCertificatesView(StepView):
    """Its form and its remedies."""

    SECTION = "client_certificates"
    ROWS: ClassVar[Rows] = ()


VIEW = ClientCertificatesView

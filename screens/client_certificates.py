"""The screen of the section `client_certificates`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class ClientCertificatesView(StepView):
    """Its form and its remedies."""

    SECTION = "client_certificates"
    ROWS: ClassVar[Rows] = ()


VIEW = ClientCertificatesView

"""The screen of the section `server_certificate`."""

from __future__ import annotations

from typing import ClassVar

from screens.fields import Field, Kind, Rows
from screens.step_view import StepView


class ServerCertificateView(StepView):
    """Its form and its remedies."""

    SECTION = "server_certificate"
    ROWS: ClassVar[Rows] = ()


VIEW = ServerCertificateView

"""The screen of the section `client_certificates`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView
from services.pki.kinds import KeyType

if TYPE_CHECKING:
    from screens.fields import Rows


class ClientCertificatesView(StepView):
    """Its form."""

    SECTION = "client_certificates"
    ROWS: ClassVar[Rows] = (
        (Field("ca_common_name"), Field("ca_days")),
        (Field("ca_organization"), Field("ca_country")),
        (Field("client_common_name"), Field("client_days")),
        (Field("key_type", Kind.CHOICE, tuple(kind.value for kind in KeyType)), Field("replace", Kind.SWITCH)),
    )


VIEW = ClientCertificatesView

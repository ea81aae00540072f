"""The screen of the section `connection`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView
from services.secrets import SecretName

if TYPE_CHECKING:
    from screens.fields import Rows


class ConnectionView(StepView):
    """Its form."""

    SECTION = "connection"
    ROWS: ClassVar[Rows] = (
        (Field("host"),),
        (Field("port"), Field("versions")),
        (Field("user"), Field("password", Kind.SECRET, secret=SecretName.MQTT_PASSWORD)),
        (Field("create_user", Kind.SWITCH), Field("reset_password", Kind.SWITCH, when=("create_user", "true"))),
        (
            Field("api_key", Kind.SECRET, secret=SecretName.API_KEY, when=("create_user", "true")),
            Field("api_secret", Kind.SECRET, secret=SecretName.API_SECRET, when=("create_user", "true")),
        ),
        (Field("ca_file", Kind.CHOICE, ("root", "last-of-fullchain")),),
        (Field("live", Kind.PATH),),
        (Field("certificate", Kind.PATH),),
        (Field("key", Kind.PATH),),
        (Field("topic"),),
    )


VIEW = ConnectionView

"""The screen of the section `deployment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView
from services.secrets import SecretName

_PLATFORM = ("target", "platform")
_SELF_MANAGED = ("target", "self-managed")

if TYPE_CHECKING:
    from screens.fields import Rows


class DeploymentView(StepView):
    """Its form."""

    SECTION = "deployment"
    ROWS: ClassVar[Rows] = (
        (Field("domain", weight=3), Field("port", weight=2)),
        (Field("target", Kind.CHOICE, ("platform", "console", "self-managed")), Field("staging", Kind.SWITCH)),
        (
            Field("platform_key", Kind.SECRET, secret=SecretName.PLATFORM_KEY, when=_PLATFORM),
            Field("platform_secret", Kind.SECRET, secret=SecretName.PLATFORM_SECRET, when=_PLATFORM),
        ),
        (
            Field("listener", when=_SELF_MANAGED),
            Field("login", Kind.CHOICE, ("api-key", "password"), when=_SELF_MANAGED),
        ),
        (
            Field("api_key", Kind.SECRET, secret=SecretName.API_KEY, when=_SELF_MANAGED),
            Field("api_secret", Kind.SECRET, secret=SecretName.API_SECRET, when=_SELF_MANAGED),
        ),
        (Field("live", Kind.PATH),),
        (Field("client_ca", Kind.PATH),),
        (Field("client_certificate", Kind.PATH), Field("client_key", Kind.PATH)),
    )


VIEW = DeploymentView

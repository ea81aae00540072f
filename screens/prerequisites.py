"""The screen of the section `prerequisites`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from screens.fields import Field, Kind
from screens.step_view import StepView
from services.secrets import SecretName

if TYPE_CHECKING:
    from screens.fields import Rows


class PrerequisitesView(StepView):
    """Its form; for real it also takes AWS keys, for those who have no profile, and the Platform API's key."""

    SECTION = "prerequisites"
    ROWS: ClassVar[Rows] = (
        (Field("domain"),),
        (Field("address"),),
        (Field("port"),),
    )
    KEYS: ClassVar[Rows] = (
        (
            Field("access_key", Kind.SECRET, secret=SecretName.AWS_ACCESS_KEY_ID),
            Field("secret_key", Kind.SECRET, secret=SecretName.AWS_SECRET_ACCESS_KEY),
        ),
        (Field("session_token", Kind.SECRET, secret=SecretName.AWS_SESSION_TOKEN),),
    )

    PLATFORM: ClassVar[Rows] = (
        (
            Field("platform_key", Kind.SECRET, secret=SecretName.PLATFORM_KEY),
            Field("platform_secret", Kind.SECRET, secret=SecretName.PLATFORM_SECRET),
        ),
    )

    def rows(self) -> Rows:
        """Return the rows: without keys where the world has its own identities, or no use for them."""
        world = self.walk.guide.world
        if world.aws.isolated:
            return self.ROWS
        keys = () if world.aws.profile else self.KEYS
        return self.ROWS + keys + (self.PLATFORM if world.emqx.platform_url else ())


VIEW = PrerequisitesView

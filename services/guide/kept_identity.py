"""The AWS profile that the certificate step made for certbot, taken into use again by every later run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.aws.profiles import AwsFiles
from services.errors import ServiceError

if TYPE_CHECKING:
    from services.session import Session
    from services.world import World

_SECTION: Final = "server_certificate"


@dataclass(frozen=True, slots=True)
class _Identity:
    profile: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """The part of the step's Result that matters here."""

    iam: _Identity


def with_kept_identity(world: World, session: Session) -> World:
    """Return `world` with the profile that an earlier run made for certbot, where the world names none itself.

    A profile that is no longer there is left out: the certificate step makes a new one.
    """
    kept = session.result(_SECTION, _Kept)
    if kept is None or not kept.iam.profile or world.aws.certbot_profile:
        return world
    with suppress(ServiceError):
        if AwsFiles.of(world.aws).key_id(kept.iam.profile) is not None:
            return replace(world, aws=replace(world.aws, certbot_profile=kept.iam.profile))
    return world

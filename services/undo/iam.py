"""Taking back what the guide made in IAM for certbot: the access key with its profile, the user, the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.aws.certbot_identity import CertbotIdentity
from services.aws.iam import Iam
from services.aws.iam_state import IamState
from services.aws.profiles import AwsFiles
from services.errors import ServiceError
from services.text import message
from services.undo.pieces import Found, PieceName

if TYPE_CHECKING:
    from services.guide.step import Here


@dataclass(frozen=True, slots=True)
class _Made:
    """The part of the server certificate step's Result that matters here."""

    iam: CertbotIdentity


@dataclass(frozen=True, slots=True)
class _Place:
    """IAM, and what it holds of the identity that the guide set up."""

    iam: Iam
    identity: CertbotIdentity
    state: IamState

    @classmethod
    async def find(cls, here: Here, piece: str) -> _Place | None:
        """Return it; None where the guide did not make `piece`."""
        made = here.session.result("server_certificate", _Made)
        if made is None or piece not in made.iam.made:
            return None
        iam = await Iam.open(here.world)
        state = await iam.state(made.iam.user, made.iam.policy_arn.rpartition("/")[2])
        return cls(iam, made.iam, state)

    @property
    def facts(self) -> dict[str, str]:
        """What the texts name."""
        identity = self.identity
        return {
            "user": identity.user,
            "policy": identity.policy_arn,
            "key": identity.key_id,
            "profile": identity.profile or "–",
        }


class IamKey:
    """The access key, and the AWS profile that keeps it."""

    name = PieceName.IAM_KEY

    async def look(self, here: Here) -> Found | None:
        """Return the key, while IAM knows it or the profile holds it.

        Raises:
            ServiceError: AWS's own.
        """
        place = await _Place.find(here, "key")
        if place is None or not (place.identity.key_id in place.state.key_ids or _profile_holds(place, here)):
            return None
        return Found(message("undo.iam-key.what", **place.facts), message("undo.iam-key.consequence", **place.facts))

    async def take_back(self, here: Here) -> None:
        """Delete the key in IAM, then the profile where it still holds that key.

        Raises:
            ServiceError: AWS's own; folder-not-writable.
        """
        place = await _Place.find(here, "key")
        if place is None:
            return
        if place.identity.key_id in place.state.key_ids:
            await place.iam.delete_key(place.identity.user, place.identity.key_id)
        if _profile_holds(place, here):
            AwsFiles.of(here.world.aws).remove(place.identity.profile)


class IamUser:
    """The user."""

    name = PieceName.IAM_USER

    async def look(self, here: Here) -> Found | None:
        """Return the user.

        Raises:
            ServiceError: AWS's own.
        """
        place = await _Place.find(here, "user")
        if place is None or not place.state.user_exists:
            return None
        return Found(message("undo.iam-user.what", **place.facts), message("undo.iam-user.consequence", **place.facts))

    async def take_back(self, here: Here) -> None:
        """Take the policy off the user, and delete the user.

        Raises:
            ServiceError: iam-user-in-use where it has other keys or policies; AWS's own.
        """
        place = await _Place.find(here, "user")
        if place is None or not place.state.user_exists:
            return
        if holds := (*place.state.key_ids, *place.state.others):
            raise ServiceError("iam-user-in-use", user=place.identity.user, holds=", ".join(holds))
        await place.iam.delete_user(place.identity.user, place.identity.policy_arn)


class IamPolicy:
    """The policy."""

    name = PieceName.IAM_POLICY

    async def look(self, here: Here) -> Found | None:
        """Return the policy.

        Raises:
            ServiceError: AWS's own.
        """
        place = await _Place.find(here, "policy")
        if place is None or place.state.document is None:
            return None
        facts = place.facts
        return Found(message("undo.iam-policy.what", **facts), message("undo.iam-policy.consequence", **facts))

    async def take_back(self, here: Here) -> None:
        """Delete the policy with all its versions.

        Raises:
            ServiceError: iam-policy-in-use where it is still attached; AWS's own.
        """
        place = await _Place.find(here, "policy")
        if place is None or place.state.document is None:
            return
        if place.state.attachments:
            raise ServiceError("iam-policy-in-use", policy=place.identity.policy_arn)
        await place.iam.delete_policy(place.state)


def _profile_holds(place: _Place, here: Here) -> bool:
    identity = place.identity
    return bool(identity.profile) and AwsFiles.of(here.world.aws).key_id(identity.profile) == identity.key_id

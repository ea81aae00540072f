"""The AWS identity of certbot's own: set up in IAM, taken into use for this run, and proven by a real attempt.

`Setup` is what a step asks for; `look` reads, `set_up` does, `world_of` gives the world in which certbot is that
identity, and `prove` tries what certbot will do, in a way that changes nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.aws.iam import Iam
from services.aws.iam_state import Action, IamChoice, IamState, Keys, Wanted, actions, policy_document, policy_name
from services.aws.profiles import AwsFiles
from services.aws.route53 import Route53
from services.aws.session import Who
from services.errors import ServiceError
from services.secrets import SecretName
from services.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from services.aws.iam import AccessKey

PROPAGATION_SECONDS: Final = 60.0  # a new key or policy is known everywhere in AWS after some 10 s, seldom more
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 5.0
_NOT_YET: Final = frozenset({"aws-bad-credentials", "aws-access-denied"})
_NO_SUCH_CHANGE: Final = "C0000000000EMQXMTLS0"


@dataclass(frozen=True, slots=True)
class Setup:
    """What is asked for.

    Attributes:
        choice: the guide's policy or the narrow one; with AS_IS nothing of IAM is touched.
        zone_id, domain: what the policy allows.
        user: the IAM user's name.
        profile: where a new key is kept; "" for in memory, for this run only.
        replace: a policy of this name that says something else, and a profile of this name, may be replaced.
        lost_key: the id of the key that an earlier run made and kept in memory only.
    """

    choice: IamChoice
    zone_id: str
    domain: str
    user: str
    profile: str = ""
    replace: bool = False
    lost_key: str = ""

    @property
    def wanted(self) -> Wanted:
        """What IAM is to hold."""
        document = policy_document(self.choice, self.zone_id, self.domain)
        return Wanted(self.user, policy_name(self.choice, self.domain), document)


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and what is to be done about it.

    Attributes:
        state: what IAM holds.
        actions: what is to be done.
        profile: which profile has the key that certbot can go on with; "" where it is in memory, or there is none.
    """

    state: IamState
    actions: tuple[Action, ...]
    profile: str


@dataclass(frozen=True, slots=True)
class CertbotIdentity:
    """What stands in IAM now.

    Attributes:
        user, policy_arn: their names in AWS.
        key_id: the access key that certbot uses. Its secret is kept in `profile`, or in memory.
        profile: the AWS profile that holds the key; "" for in memory only.
        made: what the guide made, over all its runs: policy, user, attached, key, profile.
    """

    user: str
    policy_arn: str
    key_id: str
    profile: str = ""
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """Who certbot is in AWS (None for the identity at hand), and the world in which it is that."""

    identity: CertbotIdentity | None
    world: World


async def look(setup: Setup, world: World) -> Look:
    """Return what has to be done in IAM. Only reads.

    Raises:
        ServiceError: aws-access-denied (variant "iam": the engineer may not read IAM), and AWS's other errors.
    """
    try:
        iam = await Iam.open(world)
        state = await iam.state(setup.user, setup.wanted.policy)
    except ServiceError as error:
        raise _explained(error) from error
    profiles = (setup.profile,) if setup.profile else ("", world.aws.certbot_profile or "")
    held = {_held_key(world, profile): profile for profile in reversed(profiles)}
    key = next((key for key in held if key and key in state.key_ids), "")
    return Look(state, actions(state, setup.wanted, Keys(key, setup.lost_key)), held.get(key, setup.profile))


async def set_up(setup: Setup, found: Look, world: World, before: CertbotIdentity | None) -> CertbotIdentity:
    """Do what `found` says; the key goes into the profile, or into the world's secrets.

    Args:
        setup: what was asked for.
        found: from `look`.
        world: where.
        before: what an earlier run left, so that what it made stays known as the guide's.

    Raises:
        ServiceError: iam-policy-differs (not to be replaced unasked), aws-profile-taken, iam-keys-full,
            aws-access-denied (variant "iam"), and AWS's other errors.
    """
    _refuse_unasked(setup, found, world)
    key = await _perform(setup, found, world)
    pieces = [*(before.made if before and before.user == setup.user else ()), *map(_PIECES.get, found.actions)]
    if key and setup.profile:
        pieces.append("profile")
    profile = setup.profile if key else found.profile
    made = tuple(dict.fromkeys(piece for piece in pieces if piece))
    return CertbotIdentity(setup.user, found.state.policy_arn, _held_key(world, profile), profile, made)


async def _perform(setup: Setup, found: Look, world: World) -> AccessKey | None:
    """Do every action, and keep the key that one of them may make; return that."""
    iam = await Iam.open(world)
    key: AccessKey | None = None
    for action in found.actions:
        try:
            key = await iam.perform(action, setup.wanted, found.state, setup.lost_key) or key
        except ServiceError as error:
            raise _explained(error) from error
    if key is not None:
        try:
            _keep(setup, key, world)
        except ServiceError:
            await iam.delete_key(setup.user, key.id)  # a key that nobody has is of no use to anybody
            raise
    return key


_PIECES: Final = {
    Action.CREATE_POLICY: "policy",
    Action.CREATE_USER: "user",
    Action.ATTACH: "attached",
    Action.CREATE_KEY: "key",
}


def world_of(world: World, identity: CertbotIdentity | None) -> World:
    """Return the world in which certbot runs as `identity`; the same one where there is none."""
    if identity is None:
        return world
    return replace(world, aws=replace(world.aws, certbot_profile=identity.profile or None))


async def prove(world: World, zone_id: str, domain: str, *, seconds: float = 0.0) -> int:
    """Try all that certbot will do, as certbot's identity, changing nothing; return how many tries it took.

    Route 53 asks IAM before it looks at what is asked. So deleting a challenge record that does not exist is refused
    as an invalid change where it is allowed, and as forbidden where it is not; so it is with a change that never was.

    Args:
        world: with certbot's identity (`world_of`).
        zone_id: the hosted zone.
        domain: the name that the certificate is for.
        seconds: how long a refusal is taken for IAM's delay, and tried again.

    Raises:
        ServiceError: the last refusal, and AWS's other errors.
    """
    deadline = time.monotonic() + seconds
    wait, tries = _FIRST_WAIT, 0
    while True:
        tries += 1
        try:
            await _try(world, zone_id, domain)
        except ServiceError as error:
            if error.id not in _NOT_YET or time.monotonic() + wait > deadline:
                raise
        else:
            return tries
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)


async def _try(world: World, zone_id: str, domain: str) -> None:
    route53 = await Route53.open(world, Who.CERTBOT)
    await route53.zones()
    record = {
        "Name": f"_acme-challenge.{domain}.",
        "Type": "TXT",
        "TTL": 10,
        "ResourceRecords": [{"Value": f'"{secrets.token_urlsafe(32)}"'}],
    }
    deletion = {"Action": "DELETE", "ResourceRecordSet": record}
    await _allowed("InvalidChangeBatch", route53.change(zone_id, [deletion], "permission test: deletes nothing"))
    await _allowed("NoSuchChange", route53.wait_in_sync(_NO_SUCH_CHANGE, seconds=0))


async def _allowed(code: str, call: Awaitable[object]) -> None:
    """Await `call`, which AWS refuses with `code` where the identity may make it."""
    try:
        await call
    except ServiceError as error:
        if error.facts.get("code") != code:
            raise


def _held_key(world: World, profile: str) -> str:
    """Return the id of the key that certbot would use: that of `profile`, else the one in memory; "" for none."""
    if profile:
        return AwsFiles.of(world.aws).key_id(profile) or ""
    held = world.secrets.get(SecretName.CERTBOT_ACCESS_KEY_ID)
    return held.reveal() if held else ""


def _keep(setup: Setup, key: AccessKey, world: World) -> None:
    """Keep a new key in the profile, else in memory."""
    if setup.profile:
        AwsFiles.of(world.aws).add(setup.profile, key, replace=setup.replace)
        return
    world.secrets.put(SecretName.CERTBOT_ACCESS_KEY_ID, key.id)
    world.secrets.put(SecretName.CERTBOT_SECRET_ACCESS_KEY, key.secret)


def _refuse_unasked(setup: Setup, found: Look, world: World) -> None:
    """Refuse, before anything is changed, what would overwrite something of the user's unasked."""
    if setup.replace:
        return
    if Action.REPLACE_POLICY in found.actions:
        raise ServiceError("iam-policy-differs", policy=found.state.policy_arn, details=found.state.document or "")
    files = AwsFiles.of(world.aws)
    if Action.CREATE_KEY in found.actions and setup.profile and files.key_id(setup.profile) is not None:
        raise ServiceError("aws-profile-taken", profile=setup.profile, path=files.credentials)


def _explained(error: ServiceError) -> ServiceError:
    """Explain a missing right in IAM: the policy can be pasted by whoever has it."""
    if error.id != "aws-access-denied" or not str(error.facts.get("action", "")).startswith("iam:"):
        return error
    return ServiceError(error.id, variant="iam", details=error.details, **error.facts)

"""The permission that certbot has in AWS: given (IAM set up, where that is asked for) and proven by an attempt."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.acme.issue import Place, write_policies
from services.acme.preflight import find_zone
from services.aws import certbot_identity as identities
from services.aws.certbot_identity import CertbotIdentity, Given, Look, Setup
from services.aws.iam_state import Action, IamChoice, default_user
from services.aws.identity import introduced
from services.aws.profiles import AwsFiles
from services.aws.session import Who
from services.events import Answer, Check, Event, Lines, Progress, Source
from services.guide.step import Change
from services.text import message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from services.aws.zones import HostedZone
    from services.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        choice: AS_IS changes nothing in IAM.
        user: the IAM user; "" for the usual one.
        profile: where a new key is kept; "" for in memory.
        replace: what differs may be replaced.
        before: what an earlier run left.
    """

    choice: IamChoice
    user: str
    profile: str
    replace: bool
    before: CertbotIdentity | None = None

    def setup(self, zone_id: str, domain: str) -> Setup:
        """Return the same for a hosted zone and a name."""
        user = self.user or default_user(self.choice, domain)
        kept = self.before if self.before and self.before.user == user else None
        lost = kept.key_id if kept and not kept.profile else ""
        return Setup(self.choice, zone_id, domain, user, self.profile, self.replace, lost)


async def give(place: Place, asked: Asked) -> AsyncGenerator[Event | Given, None]:
    """Set up IAM as asked, prove that certbot may do what it has to, and yield Given last.

    The policy documents are written first: where the rights in IAM are missing, one of them is what to hand on.

    Raises:
        ServiceError: aws-zone-not-found, aws-zone-ambiguous, iam-policy-differs, iam-keys-full, aws-profile-taken,
            aws-access-denied, and AWS's other errors.
    """
    made = asked.choice is not IamChoice.AS_IS
    zone = await find_zone(place.domain, place.world, Who.ENGINEER if made else Who.CERTBOT)
    given = Given(asked.before, place.world)
    patience = 0.0
    if made:
        for artifact in write_policies(place, zone):
            yield artifact
        async with aclosing(_set_up(place, zone, asked)) as events:
            async for event in events:
                if isinstance(event, Given):
                    given, patience = event, identities.PROPAGATION_SECONDS
                else:
                    yield event
    yield Progress(message("iam.proving"))
    tries = await identities.prove(given.world, zone.id, place.domain, seconds=patience)
    yield Check("permission", Answer.YES, message("iam.proven", domain=place.domain, count=tries))
    yield given


async def planned(place: Place, asked: Asked) -> tuple[Change, ...]:
    """Return what `give` would change; empty where IAM is right, or is not to be touched. Only reads.

    Raises:
        ServiceError: as `give`, but for what would not be overwritten unasked.
    """
    if asked.choice is IamChoice.AS_IS:
        return ()
    zone = await find_zone(place.domain, place.world, Who.ENGINEER)
    setup = asked.setup(zone.id, place.domain)
    found = await identities.look(setup, place.world)
    changes = [_change(action, setup, found) for action in found.actions]
    if changes:
        changes[0] = replace(changes[0], notes=(await introduced(place.world),))
    if setup.profile and Action.CREATE_KEY in found.actions:
        changes.append(_profile_change(setup, place.world))
    return tuple(changes)


async def _set_up(place: Place, zone: HostedZone, asked: Asked) -> AsyncGenerator[Event | Given, None]:
    setup = asked.setup(zone.id, place.domain)
    yield Progress(message("iam.looking", user=setup.user))
    found = await identities.look(setup, place.world)
    if found.state.others:
        others = ", ".join(found.state.others)
        yield Check("iam-other-policies", Answer.UNKNOWN, message("iam.others", user=setup.user, policies=others))
    identity = await identities.set_up(setup, found, place.world, asked.before)
    yield Lines(Source.AWS, tuple(f"iam {action} {_subject(action, setup, found)}" for action in found.actions))
    words = "iam.made" if found.actions else "iam.unchanged"
    yield Check("iam", Answer.YES, message(words, user=identity.user, policy=identity.policy_arn))
    kept = "iam.key-in-profile" if identity.profile else "iam.key-in-memory"
    yield Check("iam-key", Answer.YES, message(kept, key=identity.key_id, profile=identity.profile))
    yield Given(identity, identities.world_of(place.world, identity))


def _subject(action: Action, setup: Setup, found: Look) -> str:
    if action in {Action.CREATE_POLICY, Action.REPLACE_POLICY}:
        return found.state.policy_arn
    return setup.lost_key if action is Action.DELETE_LOST_KEY else setup.user


def _change(action: Action, setup: Setup, found: Look) -> Change:
    facts: dict[str, Any] = {"user": setup.user, "policy": found.state.policy_arn, "key": setup.lost_key}
    policy = action in {Action.CREATE_POLICY, Action.REPLACE_POLICY}
    return Change(
        message(f"iam.change.{action}", **facts),
        before=" ".join((found.state.document or "").split()) if policy else "",
        after=" ".join(setup.wanted.document.split())
        if policy
        else str(message(f"iam.change.{action}.after", **facts)),
        overwrites=action is Action.REPLACE_POLICY,
    )


def _profile_change(setup: Setup, world: World) -> Change:
    files = AwsFiles.of(world.aws)
    before = files.key_id(setup.profile)
    return Change(
        message("iam.change.profile", profile=setup.profile, path=files.credentials),
        before=before or "",
        after=str(message("iam.change.profile.after", user=setup.user)),
        overwrites=before is not None,
    )

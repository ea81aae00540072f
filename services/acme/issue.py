"""Getting a certificate, from the first look to the files: reuse, preflight, certbot."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.acme import at_hand, certbot
from services.acme.live import LiveFolder
from services.acme.preflight import Preflight, find_zone
from services.acme.unfinished import put_aside
from services.aws.policies import GUIDE_POLICY_FILE, POLICY_FILE, guide_policy, narrow_policy
from services.aws.session import Who
from services.errors import ServiceError
from services.events import Answer, Artifact, Check, Event, Lines, Progress, Source
from services.files import write_file
from services.issuance import Folders, said_before_asking
from services.text import Message, message
from services.workspace import Workspace
from services.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from services.acme.at_hand import AtHand, Need
    from services.aws.zones import HostedZone
    from services.pki.kinds import KeyType


@dataclass(frozen=True, slots=True)
class Place:
    """Where the certificate for `domain` lies in `workspace`, from the CA of `world`.

    A staging certificate has a folder of its own: trying must never replace what is in use.
    """

    domain: str
    workspace: Workspace
    world: World

    @property
    def cert_name(self) -> str:
        """What certbot calls it."""
        return certbot.cert_name(self.domain, self.world)

    @property
    def live(self) -> Path:
        """The folder of the current certificate."""
        return self.workspace.live(self.cert_name)

    @property
    def policies(self) -> tuple[Path, Path]:
        """The IAM policy documents: the guide's, and the narrow one that is advised."""
        return self.workspace.letsencrypt / GUIDE_POLICY_FILE, self.workspace.letsencrypt / POLICY_FILE


def reusable(folder: Path, need: Need) -> tuple[AtHand | None, tuple[Message, ...]]:
    """Return the certificate in `folder` if it can be used again; else None and why not (nothing where there is none).

    Blocking.

    Raises:
        ServiceError: as `at_hand.read`.
    """
    if not LiveFolder(folder).exists:
        return None, ()
    found = at_hand.read(folder)
    reasons = at_hand.reasons_against(found, need)
    return (None, reasons) if reasons else (found, ())


def from_elsewhere(folder: Path, need: Need) -> AtHand:
    """Return the certificate that another certbot keeps in `folder`. Blocking.

    Raises:
        ServiceError: certificate-unfit, and as `at_hand.read`.
    """
    found = at_hand.read(folder)
    if reasons := at_hand.reasons_against(found, need):
        raise ServiceError("certificate-unfit", path=folder, reason="; ".join(map(str, reasons)))
    return found


async def look_first(place: Place) -> AsyncGenerator[Event, None]:
    """Look for all troubles that can be seen before certbot is run; yield a Check for each question. Only reads.

    Raises:
        ServiceError: the findings of `services.acme.preflight`.
    """
    zone = await find_zone(place.domain, place.world, Who.CERTBOT)
    async with aclosing(_looks(place, zone)) as events:
        async for event in events:
            yield event


async def issue(
    place: Place, key_type: KeyType, *, email: str = "", preferred_chain: str = "", dry_run: bool = False
) -> AsyncGenerator[Event, None]:
    """Look first, write the IAM policies, then have certbot get the certificate; yield what is said.

    Raises:
        ServiceError: what was found before, or what certbot's words stand for.
    """
    zone = await find_zone(place.domain, place.world, Who.CERTBOT)
    async with aclosing(_looks(place, zone)) as events:
        async for event in events:
            yield event
    for artifact in write_policies(place, zone):
        yield artifact
    if not dry_run and (aside := put_aside(LiveFolder(place.live), place.world.clock())):
        yield Check("unfinished", Answer.YES, message("server_certificate.unfinished", path=aside))
    order = certbot.Order(
        place.domain, place.cert_name, key_type, email, preferred_chain, LiveFolder(place.live).exists, dry_run
    )
    yield Progress(message("server_certificate.certbot", domain=place.domain, server=place.world.acme.directory_url))
    async with aclosing(certbot.run(order, place.world, place.workspace)) as lines:
        async for event in lines:
            yield event


async def _looks(place: Place, zone: HostedZone) -> AsyncGenerator[Event, None]:
    yield Lines(Source.AWS, (f"hosted zone {zone.name} ({zone.id})",))
    async with aclosing(Preflight(place.domain, zone, place.world).checks()) as checks:
        async for check in checks:
            yield check
    folders = certbot.folders(place.workspace)
    yield said_before_asking(
        Folders(folders["--config-dir"], folders["--logs-dir"]),
        place.domain,
        staging=place.world.acme.staging,
        now=place.world.clock(),
    )


def write_policies(place: Place, zone: HostedZone) -> tuple[Artifact, Artifact]:
    """Write both IAM policy documents, the hosted zone filled in; ours, so they are replaced when they change."""
    guide, narrow = place.policies
    wrote_guide = write_file(guide, guide_policy(zone.id), replace=True)
    wrote_narrow = write_file(narrow, narrow_policy(zone.id, place.domain), replace=True)
    return Artifact("iam-policy-guide", guide, wrote_guide), Artifact("iam-policy", narrow, wrote_narrow)

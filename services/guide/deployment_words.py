"""What the deployment step says: what was found in the files, what is served, and what was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.emqx.exposure import Exposure, exposure
from services.events import Answer, Artifact, Check
from services.facts import facts
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from services.emqx.folder import BundleFolder
    from services.emqx.install import Installation
    from services.emqx.prepare import Prepared
    from services.emqx.targets import TargetState
    from services.guide.deployment import Request
    from services.tls.certificate import Certificate

_ROLES: Final = (
    "console-certificate",
    "console-chain",
    "console-certificate-with-chain",
    "console-private-key",
    "console-client-ca",
)


def judged(prepared: Prepared) -> Iterator[Check]:
    """What was found in the files: warnings, and what was left out."""
    for concern in prepared.warnings:
        error = concern.error
        told = message("deployment.warning", what=error.words("what"), why=error.words("why"))
        yield Check(error.id, Answer.UNKNOWN, told, error.words("fix"))
    count = len(prepared.bundle.chain_certificates)
    yield Check("preflight", Answer.YES, message("deployment.preflight", count=count))
    if prepared.bundle.left_out:
        names = ", ".join(certificate.label for certificate in prepared.bundle.left_out)
        yield Check("root-left-out", Answer.YES, message("deployment.root-left-out", names=names))


def artifacts(folder: BundleFolder, written: Collection[Path]) -> Iterator[Artifact]:
    """The files of both of the console's forms; those not `written` were there and are right."""
    for role, path in zip(_ROLES, folder.files, strict=True):
        yield Artifact(role, path, fresh=path in written)


_EXPOSED: Final = {Exposure.MACHINE: Answer.YES, Exposure.PRIVATE: Answer.UNKNOWN, Exposure.OPEN: Answer.NO}


def exposed(api_url: str) -> Iterator[Check]:
    """Where the API is spoken to unencrypted: that it is, and who could read along. Nothing is refused for it."""
    how_far = exposure(api_url)
    if how_far in _EXPOSED:
        words = message(f"deployment.exposed.{how_far}", url=api_url)
        yield Check("api", _EXPOSED[how_far], words, message("deployment.exposed.fix"))


def target_checks(state: TargetState) -> Iterator[Check]:
    """What the control side says, and how many uploads are left."""
    if state.name:
        tls = state.tls_type or "none"
        told = message(f"deployment.state.{tls}", name=state.name, status=state.status or "-")
        yield Check("state", Answer.YES, told)
    if (left := uploads_left(state)) is not None:
        yield left


def uploads_left(state: TargetState) -> Check | None:
    """How many uploads EMQX Cloud still takes in this hour; None where nobody counts them."""
    count, most = state.uploads_left, facts().emqx.uploads_an_hour
    if count is None:
        return None
    return Check("uploads", Answer.YES, message("deployment.uploads-left", count=count, most=most))


def notes(prepared: Prepared, state: TargetState, api_url: str) -> tuple[Message, ...]:
    """What is to be known before anything is sent: warnings about the files and the way, and the uploads left."""
    warned = (check for check in (*judged(prepared), *exposed(api_url)) if check.answer is not Answer.YES)
    told = (check for check in target_checks(state) if check.id != "state")
    return tuple(check.what for check in (*warned, *told))


def brought(course: Installation, request: Request) -> Message:
    """Whether anything was sent, and by which way."""
    if not course.uploaded:
        return message("deployment.unchanged", host=course.place.name, port=course.place.port)
    return message(f"deployment.brought.{request.target}")


def waits_for(course: Installation, request: Request) -> Message:
    """What is being waited for."""
    if request.by_hand:
        return message("deployment.waiting.hand")
    settled = course.state is None or course.state.is_settled
    return message("deployment.waiting.served" if settled else "deployment.waiting.running")


def misplaced(course: Installation) -> Check | None:
    """What is wrong with what a hand brought: the deployment serves something new, and it is not right. Else None.

    It takes the place of the proof that is still to come, which takes its place in turn.
    """
    trouble = course.judged() if course.has_changed else None
    return None if trouble is None else Check("served", Answer.NO, trouble.words("what"), trouble.words("fix"))


def proofs(course: Installation) -> Iterator[Check]:
    """What the last handshakes proved."""
    seen = course.seen
    if seen is None:
        return
    place = course.place
    served = message("deployment.served", count=len(seen.served), host=place.name, port=place.port)
    yield Check("served", Answer.YES, served)
    refusal = seen.without.alert_text or seen.without.outcome
    yield Check("asks-for-certificate", Answer.YES, message("deployment.refuses-without", alert=refusal))
    if seen.with_ours.with_certificate:
        client = message("deployment.lets-in", authority=course.prepared.bundle.client_ca_certificates[0].label)
        yield Check("client-ca", Answer.YES, client)
    else:
        yield Check("client-ca", Answer.UNKNOWN, message("deployment.client-ca-unproven"))


def shown(course: Installation) -> Message:
    """What was served before anything was changed, with its fingerprint."""
    if course.before is None:
        return message("deployment.before.nothing", host=course.place.name, port=course.place.port)
    leaf = course.before.served[0]
    return message("deployment.before", host=course.place.name, port=course.place.port, **leaf_facts(leaf))


def leaf(certificate: Certificate) -> Message:
    """A certificate in one line."""
    return message("deployment.leaf", **leaf_facts(certificate))


def leaf_facts(leaf: Certificate) -> dict[str, str]:
    """What names a certificate to people."""
    return {
        "subject": leaf.label,
        "issuer": leaf.issuer_label,
        "sha256": leaf.sha256,
        "not_after": f"{leaf.not_after:%Y-%m-%d}",
    }

"""The work behind the diagnosis screen: blocking, for a thread. Brings cryptography, so imported when it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.explain import Cause, explain
from services.files import read_file
from services.tls import repair
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, load
from services.tls.findings import Diagnosis
from services.tls.gather import Inquiry, gather
from services.tls.repair import Repair

if TYPE_CHECKING:
    from screens.diagnosis_asked import Asked
    from screens.walk import Walk
    from services.secrets import Secret

_MOST_EVIDENCE: Final = 20_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Examined:
    """The answer: evidence, diagnosis and repair where there was something to look at; causes of an error text."""

    evidence: Evidence | None
    diagnosis: Diagnosis | None
    repair: Repair | None
    causes: tuple[Cause, ...]


def examine(asked: Asked, walk: Walk | None, password: Secret | None) -> Examined:
    """Look at what there is, and say what is wrong.

    Raises:
        ServiceError: a file cannot be read, or is no evidence.
    """
    causes = explain(asked.error) if asked.error else ()
    if not asked.has_target:
        return Examined(None, None, None, causes)
    if asked.evidence is not None:
        evidence = load(read_file(asked.evidence, limit=_MOST_EVIDENCE), str(asked.evidence))
    else:
        evidence = gather(_inquiry(asked, walk, password))
    diagnosis = diagnose(evidence)
    return Examined(evidence, diagnosis, repair.plan(evidence, diagnosis), causes)


def _inquiry(asked: Asked, walk: Walk | None, password: Secret | None) -> Inquiry:
    world = walk.guide.world if walk is not None else None
    return Inquiry(
        host=asked.host,
        port=asked.port,
        resolver=world.dns.nameserver if world else None,
        deployment=world.emqx.address if world else "",
        ca=asked.ca,
        certificate=asked.certificate,
        key=asked.key,
        chain=asked.chain,
        server_key=asked.server_key,
        user=asked.user if password else "",
        password=password if asked.user else None,
        extra_roots=world.extra_roots if world else b"",
    )

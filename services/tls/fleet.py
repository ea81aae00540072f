"""Many targets at once, for those who look after a fleet. Blocking; all threads end before it returns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.tls.clients import KINDS, Kind
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence
from services.tls.findings import Diagnosis
from services.tls.gather import Inquiry, gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One target's answer; `place` is its place in the list asked for."""

    place: int
    inquiry: Inquiry
    evidence: Evidence
    diagnosis: Diagnosis


def diagnose_all(inquiries: Sequence[Inquiry], kinds: Sequence[Kind] = KINDS) -> Iterator[Answer]:
    """Yield each target's answer as soon as it is there, in the order in which they end.

    Raises:
        ServiceError: a file that is named cannot be read.
    """
    with ThreadPoolExecutor(min(AT_ONCE, max(1, len(inquiries))), thread_name_prefix="fleet") as pool:
        jobs = [pool.submit(_one, place, inquiry, kinds) for place, inquiry in enumerate(inquiries)]
        try:
            for job in as_completed(jobs):
                yield job.result()
        finally:
            for job in jobs:
                job.cancel()


def _one(place: int, inquiry: Inquiry, kinds: Sequence[Kind]) -> Answer:
    evidence = gather(inquiry)
    return Answer(place, inquiry, evidence, diagnose(evidence, kinds))

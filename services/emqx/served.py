"""Whether a deployment serves what it was given; where not, what is wrong, by name. Pure."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from services.errors import ServiceError
from services.tls.chain import Link, issues
from services.tls.hostname import is_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.tls.chain import Certificate


def difference(
    served: Sequence[Certificate],
    expected: Sequence[Certificate],
    *,
    host: str,
    port: int,
    now: datetime,
    own_name: str = "",
) -> ServiceError | None:
    """Return why `served` (as it came in the handshake) is not `expected`; None where it is exactly that.

    Args:
        served: the leaf first, as the server sent it.
        expected: leaf and chain as they were uploaded.
        host: the name connected to.
        port: the port connected to.
        now: aware, UTC.
        own_name: the deployment's own address, for which it has a certificate before it is given another.
    """
    if [each.sha256 for each in served] == [each.sha256 for each in expected]:
        return None
    leaf, wanted = served[0], expected[0]
    facts = {"host": host, "served": fingerprint(leaf.sha256), "expected": fingerprint(wanted.sha256)}
    if leaf.sha256 != wanted.sha256:
        return ServiceError(_of_other_leaf(leaf, host, own_name, now), port=port, **facts)
    return ServiceError(_of_other_chain(served, expected), port=port, **facts)


def fingerprint(sha256: str) -> str:
    """Return a SHA-256 as people compare it: its first bytes, in pairs."""
    return ":".join(sha256[start : start + 2] for start in range(0, 16, 2)).upper() + "…"


def _of_other_leaf(leaf: Certificate, host: str, own_name: str, now: datetime) -> str:
    if own_name and is_for(leaf, own_name):
        return "emqx-stale-certificate"
    if not is_for(leaf, host):
        return "hostname-mismatch"
    if now > leaf.not_after:
        return "server-expired"
    return "emqx-stale-certificate"


def _of_other_chain(served: Sequence[Certificate], expected: Sequence[Certificate]) -> str:
    got, wanted = {each.sha256 for each in served}, {each.sha256 for each in expected}
    if got == wanted:
        return "server-chain-disordered"
    if len(served) == 1:
        return "server-leaf-only"
    pairs = itertools.pairwise(served)
    if any(issues(above, below) in {Link.KEY_ID, Link.ALGORITHM, Link.SIGNATURE} for below, above in pairs):
        return "server-chain-mixed"
    return "server-chain-incomplete" if wanted - got else "server-chain-disordered"

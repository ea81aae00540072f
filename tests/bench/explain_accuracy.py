"""How often `explain` names the true cause of the recorded failures of real clients.

    python tests/bench/explain_accuracy.py tls-failure-matrix.json [-v]

The file holds situations, each with the exact text that each of a dozen clients printed. Printed is, for all texts
that are errors, how often the true cause is the first, among the first three, and named at all. A client that says
the same for several situations ("certificate verify failed") cannot be told apart by anybody; so the same figures are
given for the best that its words allow: one guess for each distinct text of a client, the most frequent cause of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from services.explain import Side, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

TRUE_CAUSE = {
    "01-ca-is-last-of-fullchain": "ca-file-not-root",
    "02-wrong-ca": "ca-file-unrelated",
    "03-leaf-only": "server-leaf-only",
    "04-missing-second-intermediate": "server-chain-incomplete",
    "05-expired": "server-expired",
    "06-not-yet-valid": "server-not-yet-valid",
    "07-hostname": "hostname-mismatch",
    "08-self-signed": "server-self-signed",
    "09-private-ca-root-sent": "server-private-ca",
    "10-private-ca-root-not-sent": "ca-file-unrelated",
    "11-server-cert-clientauth-only": "server-purpose",
    "12-weak-rsa1024-leaf": "key-too-weak",
    "13-wrong-intermediate-key": "server-chain-mixed",
    "14-nonca-intermediate": "issuer-not-ca",
    "15-bad-signature": "signature-broken",
    "16-mtls-no-client-cert-tls13": "client-cert-missing",
    "17-mtls-no-client-cert-tls12": "client-cert-missing",
    "18-mtls-client-cert-unknown-ca": "client-cert-unknown-ca",
    "19-mtls-client-cert-expired": "client-cert-expired",
    "20-mtls-client-cert-serverauth-only": "client-cert-purpose",
    "21-mtls-key-mismatch": "client-key-mismatch",
    "23-plain-port": "not-tls",
    "24-tls10-only-server": "tls-version",
    "25-no-shared-cipher": "no-shared-cipher",
    "26-connection-refused": "connection-refused",
    "27-sni-unrecognized": "sni-refused",
    "28-tls13-only-server-vs-tls12-client": "tls-version",
    "29-ca-file-garbage": "ca-file-unreadable",
}
NO_ERROR = ("OK", "timeout", "load_verify_locations 0 ok")


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded text, what really was wrong, and the ids that `explain` gives, best first."""

    situation: str
    client: str
    text: str
    true: str
    named: tuple[str, ...]


def cases(recorded: Path) -> Iterator[Case]:
    """Yield every error text of the file."""
    for situation in json.loads(recorded.read_text("utf-8")):
        true = TRUE_CAUSE.get(situation["name"])
        for client, text in situation["results"].items():
            if true and text and not text.startswith(NO_ERROR):
                side = Side.BROKER if "server side" in client else None
                yield Case(situation["name"], client, text, true, tuple(cause.id for cause in explain(text, side=side)))


def best_possible(found: list[Case]) -> int:
    """Return how many texts could be answered rightly at once by whoever knows nothing but the client and its text."""
    causes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in found:
        causes[case.client, _without_names(case.text)][case.true] += 1
    return sum(counter.most_common(1)[0][1] for counter in causes.values())


def _without_names(text: str) -> str:
    """Return `text` without the numbers that differ from run to run."""
    return "".join(char for char in text if not char.isdigit())[:200]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recorded", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="print every text whose cause is not the first")
    arguments = parser.parse_args()
    begun = time.perf_counter()
    found = list(cases(arguments.recorded))
    took = time.perf_counter() - begun
    first = sum(case.named[:1] == (case.true,) for case in found)
    three = sum(case.true in case.named[:3] for case in found)
    named = sum(case.true in case.named for case in found)
    print(f"{len(found)} texts in {took:.2f} s")
    for label, count in (("first", first), ("first three", three), ("named", named)):
        print(f"{label:<12} {count:>4}  {count / len(found):.1%}")
    best = best_possible(found)
    print(f"{'best guess':<12} {best:>4}  {best / len(found):.1%}  (the most that the words allow to be first)")
    if arguments.verbose:
        for case in found:
            if case.named[:1] != (case.true,):
                print(f"{case.situation} | {case.client} | {case.text[:120]}\n    {' '.join(case.named)}")


if __name__ == "__main__":
    main()

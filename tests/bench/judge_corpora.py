"""Measure the OpenSSL judges against chains with recorded answers: `python tests/bench/judge_corpora.py FOLDER`.

FOLDER holds JSON lists of records with `leaf`, `untrusted`, `trusted` (PEM) and `openssl[version]` or
`openssl[version][mode]` with the verdict and the first error's code. Prints agreement by file, version and mode, and
each disagreement. No test of the suite.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).parents[2]))

from services.tls.chain import Certificate, read_all
from services.tls.openssl_verify import Settings, verify

RECORDED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
FLAGS = {"partial_chain", "x509_strict", "auth_level", "attime", "purpose"}
MODES = {
    "default": Settings(security_level=1, checks_host=False),
    "partial": Settings(partial_chain=True, security_level=1, checks_host=False),
    "strict_partial": Settings(partial_chain=True, strict=True, security_level=1, checks_host=False),
}


def certificates(pem: str | list[str]) -> list[Certificate]:
    """Return the readable certificates of one PEM text or several."""
    joined = "\n".join([pem] if isinstance(pem, str) else pem).encode()
    return [each for each in read_all(joined) if isinstance(each, Certificate)]


def when(record: dict[str, Any]) -> datetime:
    """Return the time that the record was judged at."""
    if record.get("time"):
        return datetime.fromisoformat(record["time"])
    return datetime.fromtimestamp(record["attime"], UTC) if record.get("attime") else RECORDED_AT


def settings_of(record: dict[str, Any], base: Settings) -> Settings:
    """Return the flags that the record asks for."""
    flags = set(record.get("flags", ()))
    purposes: dict[str | None, Literal["server", "client"]] = {"sslserver": "server", "sslclient": "client"}
    level = record["auth_level"] if record.get("auth_level") is not None else base.security_level
    return replace(
        base,
        partial_chain=base.partial_chain or "partial_chain" in flags,
        strict=base.strict or "x509_strict" in flags,
        security_level=max(0, level),
        purpose=purposes.get(record.get("purpose"), "any"),
    )


def usable(record: dict[str, Any]) -> bool:
    """Leave out what needs more than chains: OpenSSL's trust settings, CRLs, policies, depth limits."""
    return record["kind"] in {"portable", "SERVER"} and set(record.get("flags", ())) <= FLAGS and not record.get("crls")


def measure(file: Path) -> None:
    """Print the agreement for one file of records."""
    agreed: Counter[str] = Counter()
    exactly: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for record in filter(usable, json.loads(file.read_text())):
        leaf = certificates(record["leaf"])
        if not leaf or record.get("max_depth") is not None:
            seen["(not readable, or a depth limit)"] += 1
            continue
        served = [leaf[0], *certificates(record["untrusted"])]
        for version, answer in record["openssl"].items():
            modes = {"default": answer} if "verdict" in answer else answer
            for mode, recorded in modes.items():
                result = verify(
                    served, certificates(record["trusted"]), when(record), settings=settings_of(record, MODES[mode])
                )
                first = (recorded["first_error"] or {}).get("code", 0)
                label = f"{version} {mode}"
                seen[label] += 1
                same = (result.code == 0) == (recorded["verdict"] == "ok")
                agreed[label] += same
                exactly[label] += same and result.code == first
                if not same or result.code != first:
                    name = record.get("name") or record["id"]
                    print(f"  {label}: {record['id']} ({name}): recorded {first}, here {result.code}")
    for label, count in seen.items():
        print(f"{file.name}: {label}: verdict {agreed[label]}/{count}, code {exactly[label]}/{count}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        measure(path)

"""What a diagnosis says: findings, the chain, the clients' verdicts; all of it data, worded by the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from services.text import Fact, has, text
from services.tls.certificate import Certificate
from services.tls.chain import Role
from services.tls.clients import ClientVerdict

Severity = Literal["error", "warning", "info"]
Source = Literal["served", "ca-file", "chain-file", "certificate-file", "certifi", "aia", "catalogue", "extra"]
Told: TypeAlias = "str | int | bool | tuple[str, ...]"

_USUAL_VARIANT: Final = "diagnosed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes:
        id: of the project's findings.
        severity: "error" where it makes a client fail; "warning" where it will, or makes some; "info".
        variant: chooses closer words for the same cause.
        facts: what the texts name.
        evidence: what it was concluded from, for programs.
        commands: shell commands that mend it, with the user's own file names.
    """

    id: str
    severity: Severity
    variant: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    evidence: Mapping[str, Told] = field(default_factory=dict)
    commands: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What is wrong, in one line."""
        return self._word("what")

    @property
    def why(self) -> str:
        """Why, with the certificate and its place named."""
        return self._word("why")

    @property
    def fix(self) -> str:
        """What to do."""
        return self._word("fix")

    def as_(self, severity: Severity) -> Finding:
        """Return the same finding with another severity."""
        return replace(self, severity=severity)

    def _word(self, kind: str) -> str:
        for variant in (self.variant, _USUAL_VARIANT):
            special = f"finding.{self.id}.{variant}.{kind}"
            if variant and has(special):
                return text(special, **self.facts)
        return text(f"finding.{self.id}.{kind}", **self.facts)


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """One certificate of the chain from the leaf to its root, as far as it is known.

    Attributes:
        certificate: the certificate; None where only facts of the catalogue are known.
        subject, issuer: safe for display.
        role: what it is.
        source: where it was found.
        not_before, not_after: aware, in UTC.
        sha256: hex.
        trusted: it stands in the clients' CA file (or is one of the public roots, where they use those).
        broken_above: why the chain does not go on above it: "" for no reason, else "missing", "key-id", "algorithm",
            "signature" (see `services.tls.chain.Link`), "not-trusted" (its root is known, and not trusted).
    """

    certificate: Certificate | None
    subject: str
    issuer: str
    role: Role
    source: Source
    not_before: datetime
    not_after: datetime
    sha256: str
    trusted: bool = False
    broken_above: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The whole answer.

    Attributes:
        verdict: "failed" where something is wrong, "ok" where nothing is, "unknown" where it could not be checked.
        findings: the root cause first, then what else is wrong, then warnings.
        clients: the verdict of each kind of client.
        chain: from the leaf upwards, as far as it is known.
    """

    verdict: Literal["ok", "failed", "unknown"]
    findings: tuple[Finding, ...]
    clients: tuple[ClientVerdict, ...]
    chain: tuple[ChainEntry, ...]

    @property
    def root_cause(self) -> Finding | None:
        """The first error; None where there is none."""
        return next((finding for finding in self.findings if finding.severity == "error"), None)

    @property
    def affected(self) -> tuple[str, ...]:
        """The names of the clients that fail."""
        return tuple(client.name for client in self.clients if client.verdict == "failed")

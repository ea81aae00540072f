"""What can be broken on purpose in the practice world: the table. Acting on it is the practice world's affair.

The catalogue `fault` has a line for each id that says what is broken.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be broken.

    Attributes:
        id: the id of findings.md where it has one, else a plain name.
        part: which part of the world acts on it: aws, dns, acme, deployment, emqx, or user (the user's own mistake,
            made in a step's Request).
        finding: the id of the error that the run then ends in; None where the program is expected to cope.
    """

    id: str
    part: str
    finding: str | None


CATALOGUE: dict[str, Fault] = {
    fault.id: fault
    for fault in (
        Fault("aws-access-denied", "aws", "aws-access-denied"),
        Fault("aws-throttled", "aws", "aws-throttled"),
        Fault("aws-pending", "aws", None),
        Fault("aws-bad-credentials", "aws", "aws-bad-credentials"),
        Fault("aws-zone-not-found", "aws", "aws-zone-not-found"),
        Fault("dns-missing", "dns", "name-not-found"),
        Fault("cname-wrong", "dns", "cname-wrong"),
        Fault("acme-rate-limit", "acme", "acme-rate-limit"),
        Fault("acme-caa-forbids", "acme", "acme-caa-forbids"),
        Fault("acme-dns-not-found", "acme", "acme-dns-not-found"),
        Fault("acme-unauthorized", "acme", "acme-unauthorized"),
        Fault("server-leaf-only", "deployment", "server-leaf-only"),
        Fault("server-chain-incomplete", "deployment", "server-chain-incomplete"),
        Fault("server-chain-mixed", "deployment", "server-chain-mixed"),
        Fault("server-expired", "deployment", "server-expired"),
        Fault("hostname-mismatch", "deployment", "hostname-mismatch"),
        Fault("emqx-stale-certificate", "deployment", "emqx-stale-certificate"),
        Fault("client-cert-unknown-ca", "deployment", "client-cert-unknown-ca"),
        Fault("mqtt-credentials", "deployment", "mqtt-credentials"),
        Fault("mqtt-not-authorized", "deployment", "mqtt-not-authorized"),
        Fault("connection-refused", "deployment", "connection-refused"),
        Fault("emqx-rate-limit", "emqx", "emqx-rate-limit"),
        Fault("emqx-pending", "emqx", "emqx-pending"),
        Fault("ca-file-not-root", "user", "ca-file-not-root"),
    )
}

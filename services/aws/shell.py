"""What the program does at AWS, as commands of the AWS command line, runnable as printed in a POSIX shell. Pure."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from services.world import Aws


def settings(aws: Aws, profile: str | None = None) -> str:
    """Return the exports that make aws and certbot look where `aws` says; "" where nothing has to be said.

    `profile` stands for another identity than the engineer's own.
    """
    names = aws.environment(profile)
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in names.items())


def find_zone(domain: str) -> str:
    """Return the command that sets ZONE_ID to the public hosted zone with the longest name that `domain` ends in."""
    fitting = f"HostedZones[?!(Config.PrivateZone) && ends_with('.{domain}.', join('', ['.', Name]))]"
    query = f"sort_by({fitting}, &length(Name))[-1].Id"
    return f'ZONE_ID=$(aws route53 list-hosted-zones --output text \\\n  --query "{query}")\necho "$ZONE_ID"'


def list_records(domain: str) -> str:
    """Return the command that shows what stands at `domain`."""
    return (
        'aws route53 list-resource-record-sets --hosted-zone-id "$ZONE_ID" \\\n'
        f"  --query \"ResourceRecordSets[?Name == '{domain}.']\""
    )


def put_cname(domain: str, target: str, ttl: int) -> str:
    """Return the command that makes the CNAME, in the place of another one, and sets CHANGE_ID."""
    record = {"Name": domain, "Type": "CNAME", "TTL": ttl, "ResourceRecords": [{"Value": target}]}
    batch = json.dumps({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]})
    return (
        'CHANGE_ID=$(aws route53 change-resource-record-sets --hosted-zone-id "$ZONE_ID" \\\n'
        f"  --change-batch {shlex.quote(batch)} \\\n"
        "  --query ChangeInfo.Id --output text)"
    )


def wait_in_sync() -> str:
    """Return the command that waits until the change is on all name servers."""
    return 'aws route53 wait resource-record-sets-changed --id "$CHANGE_ID"'


def look_up(domain: str, kind: str, nameserver: tuple[str, int] | None) -> str:
    """Return the command that asks DNS, the named server where there is one."""
    at = f"@{nameserver[0]} -p {nameserver[1]} " if nameserver else ""
    return f"dig {at}+short {domain} {kind}"


def create_user(user: str, policy_name: str, policy: Path) -> str:
    """Return the commands that make a user for certbot with the policy in `policy`, and an access key for it."""
    return (
        f"POLICY_ARN=$(aws iam create-policy --policy-name {shlex.quote(policy_name)} \\\n"
        f"  --policy-document {shlex.quote(f'file://{policy}')} \\\n"
        f"  --query Policy.Arn --output text)\n"
        f"aws iam create-user --user-name {shlex.quote(user)}\n"
        f'aws iam attach-user-policy --user-name {shlex.quote(user)} --policy-arn "$POLICY_ARN"\n'
        f"aws iam create-access-key --user-name {shlex.quote(user)}"
    )


def write_document(path: Path, document: str) -> str:
    """Return the command that writes `document` to `path`, its folder made where it is missing."""
    folder, file = shlex.quote(str(path.parent)), shlex.quote(str(path))
    return f"mkdir -p -m 700 {folder}\ncat > {file} <<'EOF'\n{document.rstrip()}\nEOF"


def fetch(url: str) -> str:
    """Return the command that fetches `url`."""
    return f"curl --fail --silent --show-error {shlex.quote(url)}"


def try_tls(host: str, port: int, nameserver: tuple[str, int] | None) -> str:
    """Return the command that opens a TLS connection and shows who answers; a named server is asked for the address."""
    if nameserver is None:
        return f"openssl s_client -connect {shlex.quote(f'{host}:{port}')} -brief </dev/null"
    return (
        f"ADDRESS=$({look_up(host, 'A', nameserver)} | tail -n 1)\n"
        f'openssl s_client -connect "$ADDRESS:{port}" -servername {shlex.quote(host)} -brief </dev/null'
    )

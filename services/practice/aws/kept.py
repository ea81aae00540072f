"""What of a practice account outlives its process: hosted zones with their records, users with their keys, policies.

moto has no way to take its state out and put it back, so what a user of the guide can have made is copied here by name.
Groups, roles and temporary credentials are not: no step makes any.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.iam.models import ManagedPolicy, PolicyVersion

from services.practice.zone_data import Zone

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend, User

    from services.practice.aws.account import Account


@dataclass(frozen=True, slots=True)
class KeptKey:
    """An access key."""

    id: str
    secret: str = field(repr=False)
    status: str = "Active"


@dataclass(frozen=True, slots=True)
class KeptUser:
    """A user: `inline` are its own policies by name, `attached` the names of the account's."""

    name: str
    id: str
    path: str
    keys: tuple[KeptKey, ...]
    inline: dict[str, str]
    attached: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy of the account: its documents by version (`v1` …), and the one in force."""

    name: str
    path: str
    versions: dict[str, str]
    default: str


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """The whole account; `zone_id` is the hosted zone that it began with."""

    number: str
    zone_id: str
    zones: tuple[Zone, ...]
    users: tuple[KeptUser, ...]
    policies: tuple[KeptPolicy, ...]


def keep(account: Account, zone_id: str) -> KeptAccount:
    """Copy what `account` holds now."""
    return KeptAccount(
        account.number,
        zone_id,
        account.zones(),
        tuple(_keep_user(user) for user in list(account.iam.users.values())),
        tuple(_keep_policy(policy) for policy in _own_policies(account.iam)),
    )


def restore(account: Account, kept: KeptAccount) -> None:
    """Put `kept` into the empty `account`. Policies are found by name, so the account may have another number."""
    for zone in kept.zones:
        account.create_zone(zone.name, zone.id, private=zone.private)
        account.put_records(zone.id, zone.record_sets)
    policies = {policy.name: _restore_policy(account.iam, policy) for policy in kept.policies}
    for user in kept.users:
        made = _restore_user(account, user)
        for name in user.attached:
            if name in policies:
                policies[name].attach_to(made)


def _own_policies(iam: IAMBackend) -> list[ManagedPolicy]:
    """The account's own policies, without those that AWS gives to everyone."""
    return [policy for arn, policy in list(iam.managed_policies.items()) if f"::{iam.account_id}:" in arn]


def _keep_user(user: User) -> KeptUser:
    keys = tuple(KeptKey(key.access_key_id, key.secret_access_key, key.status) for key in list(user.access_keys))
    attached = tuple(policy.name for policy in list(user.managed_policies.values()))
    return KeptUser(user.name, user.id, user.path, keys, dict(user.policies), attached)


def _keep_policy(policy: ManagedPolicy) -> KeptPolicy:
    versions = {version.version_id: version.document for version in list(policy.versions)}
    return KeptPolicy(policy.name, policy.path, versions, policy.default_version_id)


def _restore_policy(iam: IAMBackend, kept: KeptPolicy) -> ManagedPolicy:
    policy = iam.create_policy("", kept.path, kept.versions[kept.default], kept.name, [])
    policy.versions = [
        PolicyVersion(policy.arn, document, version == kept.default, version)
        for version, document in kept.versions.items()
    ]
    policy.default_version_id = kept.default
    policy.next_version_num = 1 + max(int(version.removeprefix("v")) for version in kept.versions)
    return policy


def _restore_user(account: Account, kept: KeptUser) -> User:
    user = account.create_user(kept.name, kept.path)
    user.id = kept.id
    user.policies.update(kept.inline)
    for row in kept.keys:
        key = account.iam.create_access_key(kept.name, status=row.status)
        del account.iam.access_keys[key.access_key_id]
        key.access_key_id, key.secret_access_key = row.id, row.secret
        account.iam.access_keys[key.access_key_id] = key
    return user

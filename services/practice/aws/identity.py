"""Who holds an access key, and what that identity may do: read live from moto's IAM and from the sessions given out."""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from services.practice.aws.messages import AwsError

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, Role, User


@dataclass(frozen=True, slots=True)
class Principal:
    """An identity: a user, or a role while a session of it lasts.

    Attributes:
        kind: user or role.
        name: of the user or role.
        arn: as GetCallerIdentity tells it and IAM names it when it refuses.
        user_id: the unique id, for a session with `:` and its name.
    """

    kind: str
    name: str
    arn: str
    user_id: str


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key that signs requests.

    Attributes:
        id: AKIA… for a user's key, ASIA… for a temporary one.
        secret: what it signs with.
        principal: who acts with it.
        token: the session token that must come with a temporary key.
        expires: when a temporary key ends.
    """

    id: str
    secret: str = field(repr=False)
    principal: Principal
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None


class Directory:
    """The identities of one account."""

    def __init__(self, iam: IAMBackend) -> None:
        self._iam = iam
        self._lock = threading.Lock()
        self._sessions: dict[str, AccessKey] = {}

    def key(self, access_key_id: str, token: str | None, now: datetime) -> AccessKey:
        """The key of this id, if it may be used at `now` with `token`.

        Raises:
            AwsError: unknown, inactive, without its session token, or expired.
        """
        key = self._sessions.get(access_key_id) or self._user_key(access_key_id)
        if key is None or key.token != token:
            raise invalid_token()
        if key.expires is not None and key.expires <= now:
            raise AwsError(403, "ExpiredToken", "The security token included in the request is expired")
        return key

    def _user_key(self, access_key_id: str) -> AccessKey | None:
        for user in list(self._iam.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == access_key_id and key.status == "Active":
                    principal = Principal("user", user.name, user.arn, user.id)
                    return AccessKey(key.access_key_id, key.secret_access_key, principal)
        return None

    def open_session(self, principal: Principal, expires: datetime) -> AccessKey:
        """Give out temporary credentials that act as `principal` until `expires`."""
        alphabet = string.ascii_uppercase + "234567"
        key_id = "ASIA" + "".join(secrets.choice(alphabet) for _ in range(16))
        key = AccessKey(key_id, secrets.token_urlsafe(30), principal, secrets.token_urlsafe(120), expires)
        with self._lock:
            self._sessions[key_id] = key
        return key

    def role(self, arn: str) -> Role | None:
        """The role of this ARN, moto's own object."""
        return next((role for role in list(self._iam.roles.values()) if role.arn == arn), None)

    def policies(self, principal: Principal) -> list[str]:
        """The documents of all identity-based policies that apply: inline, attached, and those of a user's groups."""
        if principal.kind == "role":
            roles = [role for role in list(self._iam.roles.values()) if role.name == principal.name]
            return [document for role in roles for document in _documents(role)]
        user = self._iam.users.get(principal.name)
        if user is None:
            return []
        holders: list[User | Group] = [user]
        holders += [group for group in list(self._iam.groups.values()) if user in group.users]
        return [document for holder in holders for document in _documents(holder)]


def _documents(holder: User | Group | Role) -> list[str]:
    attached = [
        version.document
        for policy in list(holder.managed_policies.values())
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return list(holder.policies.values()) + attached


def invalid_token() -> AwsError:
    """AWS's answer to a key that it does not know."""
    return AwsError(403, "InvalidClientTokenId", "The security token included in the request is invalid.")

"""IAM: the guide's policy, user and access key for certbot, made where the engineer's rights allow.

What is right already is recognised; what differs is replaced only where that was asked for. The secret of a new access
key leaves this module in one piece only: as a Secret.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from services.aws.errors import named_errors
from services.aws.iam_state import MOST_KEYS, MOST_VERSIONS, Action, IamState, Wanted
from services.aws.identity import caller
from services.aws.session import Who, make_client
from services.errors import ServiceError
from services.outside import safe
from services.secrets import Secret

if TYPE_CHECKING:
    from services.world import World

_SECONDS: Final = 60.0  # all calls of one reading or one change together
_MISSING: Final = "NoSuchEntity"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A new access key."""

    id: str
    secret: Secret = field(repr=False)


class Iam:
    """IAM as the engineer sees it. Made by `open`; needs no closing.

    Every method raises the findings of `services.aws.errors.named_errors`.
    """

    def __init__(self, client: Any, account: str, partition: str) -> None:
        self._client = client
        self._account = account
        self._partition = partition

    @classmethod
    async def open(cls, world: World) -> Iam:
        """Return IAM of the engineer's account."""
        who = await caller(world)
        client = await asyncio.to_thread(make_client, world, "iam", Who.ENGINEER)
        return cls(client, who.account, who.arn.split(":")[1] if who.arn.count(":") > 1 else "aws")

    async def state(self, user: str, policy: str) -> IamState:
        """Return what IAM holds of this user and this policy. Only reads."""
        state: IamState = await self._in_thread(self._state, user, policy)
        return state

    async def perform(self, action: Action, wanted: Wanted, state: IamState, lost_key: str = "") -> AccessKey | None:
        """Do `action`; return the new key where it made one.

        Raises:
            ServiceError: iam-keys-full where the user has all the keys that IAM allows.
        """
        made: AccessKey | None = await self._in_thread(self._perform, action, wanted, state, lost_key)
        return made

    async def delete_key(self, user: str, key_id: str) -> None:
        """Delete an access key of `user`."""
        await self._in_thread(self._client.delete_access_key, UserName=user, AccessKeyId=key_id)

    async def delete_user(self, user: str, policy_arn: str) -> None:
        """Take `policy_arn` off `user` and delete it. IAM refuses where it still has keys or other policies."""
        await self._in_thread(self._delete_user, user, policy_arn)

    async def delete_policy(self, state: IamState) -> None:
        """Delete the policy with all its versions. IAM refuses where it is still attached."""
        await self._in_thread(self._delete_policy, state)

    async def _in_thread(self, method: Any, *arguments: Any, **named: Any) -> Any:
        def call() -> Any:
            with named_errors():
                return method(*arguments, **named)

        try:
            async with asyncio.timeout(_SECONDS):
                return await asyncio.to_thread(call)
        except TimeoutError as error:
            raise ServiceError("aws-unreachable", host="IAM") from error

    def _state(self, user: str, policy: str) -> IamState:
        arn = f"arn:{self._partition}:iam::{self._account}:policy/{policy}"
        known = self._policy(arn)
        if self._or_none(self._client.get_user, UserName=user) is None:
            return known
        attached = self._client.list_attached_user_policies(UserName=user)["AttachedPolicies"]
        inline = self._client.list_user_policies(UserName=user)["PolicyNames"]
        others = [each["PolicyName"] for each in attached if each["PolicyArn"] != arn] + list(inline)
        keys = self._client.list_access_keys(UserName=user)["AccessKeyMetadata"]
        keys.sort(key=lambda each: each["CreateDate"])
        return replace(
            known,
            user_exists=True,
            attached=any(each["PolicyArn"] == arn for each in attached),
            others=tuple(map(safe, others)),
            key_ids=tuple(safe(each["AccessKeyId"]) for each in keys),
        )

    def _policy(self, arn: str) -> IamState:
        """Return what is known of the policy alone."""
        found = self._or_none(self._client.get_policy, PolicyArn=arn)
        if found is None:
            return IamState(self._account, arn)
        version = found["Policy"]["DefaultVersionId"]
        told = self._client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        versions = self._client.list_policy_versions(PolicyArn=arn)["Versions"]
        versions.sort(key=lambda each: each["CreateDate"])
        return IamState(
            account=self._account,
            policy_arn=arn,
            document=told if isinstance(told, str) else json.dumps(told),
            version=version,
            old_versions=tuple(each["VersionId"] for each in versions if each["VersionId"] != version),
            attachments=int(found["Policy"].get("AttachmentCount", 0)),
        )

    def _or_none(self, method: Any, **arguments: Any) -> Any:
        """Call IAM; None where it knows no such thing."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - heavy, and wanted only where AWS is

        try:
            return method(**arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _MISSING:
                raise
            return None

    def _perform(self, action: Action, wanted: Wanted, state: IamState, lost_key: str) -> AccessKey | None:
        client, arn = self._client, state.policy_arn
        match action:
            case Action.CREATE_POLICY:
                client.create_policy(PolicyName=wanted.policy, PolicyDocument=wanted.document)
            case Action.REPLACE_POLICY:
                if len(state.old_versions) + 1 >= MOST_VERSIONS:
                    client.delete_policy_version(PolicyArn=arn, VersionId=state.old_versions[0])
                client.create_policy_version(PolicyArn=arn, PolicyDocument=wanted.document, SetAsDefault=True)
            case Action.CREATE_USER:
                client.create_user(UserName=wanted.user)
            case Action.ATTACH:
                client.attach_user_policy(UserName=wanted.user, PolicyArn=arn)
            case Action.DELETE_LOST_KEY:
                client.delete_access_key(UserName=wanted.user, AccessKeyId=lost_key)
            case Action.CREATE_KEY:
                return self._new_key(wanted, state, lost_key)
        return None

    def _new_key(self, wanted: Wanted, state: IamState, lost_key: str) -> AccessKey:
        keys = [key for key in state.key_ids if key != lost_key]
        if len(keys) >= MOST_KEYS:
            raise ServiceError("iam-keys-full", user=wanted.user, keys=", ".join(keys), key=keys[0])
        made = self._client.create_access_key(UserName=wanted.user)["AccessKey"]
        return AccessKey(made["AccessKeyId"], Secret(made["SecretAccessKey"]))

    def _delete_user(self, user: str, policy_arn: str) -> None:
        self._or_none(self._client.detach_user_policy, UserName=user, PolicyArn=policy_arn)
        self._or_none(self._client.delete_user, UserName=user)

    def _delete_policy(self, state: IamState) -> None:
        for version in state.old_versions:
            self._or_none(self._client.delete_policy_version, PolicyArn=state.policy_arn, VersionId=version)
        self._or_none(self._client.delete_policy, PolicyArn=state.policy_arn)

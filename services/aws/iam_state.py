"""What IAM holds for certbot, and what has to be done to it. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from services.aws.policies import POLICY_NAME, guide_policy, narrow_policy
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDES_USER = "certbot"
MOST_KEYS = 2  # access keys that IAM lets a user have
MOST_VERSIONS = 5  # versions that IAM keeps of a policy

_USER_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


class IamChoice(StrEnum):
    """Who sets up certbot's permission in AWS, and how much it allows."""

    AS_IS = "as-is"  # nothing is changed in IAM: the identity at hand is used
    GUIDE = "guide"  # the guide's policy: every record of the hosted zone
    NARROW = "narrow"  # the advised one: the challenge record of the name, and nothing else


def policy_document(choice: IamChoice, zone_id: str, domain: str) -> str:
    """Return the policy of `choice` as JSON; for AS_IS the advised one, to paste."""
    return guide_policy(zone_id) if choice is IamChoice.GUIDE else narrow_policy(zone_id, domain)


def policy_name(choice: IamChoice, domain: str) -> str:
    """Return the policy's name: the guide's, or one of the name's own, so that two set-ups never share one."""
    return POLICY_NAME if choice is IamChoice.GUIDE else f"certbot-{domain}"[:128]


def default_user(choice: IamChoice, domain: str) -> str:
    """Return the user's name where none was given; as for the policy."""
    return GUIDES_USER if choice is IamChoice.GUIDE else f"certbot-{domain}"[:64]


def user_name(field: str, value: str) -> str:
    """Return the name of an IAM user, or "" for the usual one.

    Raises:
        InputError: bad-iam-user.
    """
    name = value.strip()
    if name and not _USER_NAME.fullmatch(name):
        raise InputError(field, "bad-iam-user", value=name[:80])
    return name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What IAM is to hold.

    Attributes:
        user: the user that certbot runs as.
        policy: the managed policy's name.
        document: the policy, JSON.
    """

    user: str
    policy: str
    document: str


@dataclass(frozen=True, slots=True)
class IamState:
    """What IAM holds, safe for display.

    Attributes:
        account: the account's number.
        policy_arn: the policy's; it may not exist.
        document: what the policy allows now, JSON; None where there is no such policy.
        version: the id of the version in force.
        old_versions: ids of the others, oldest first.
        attachments: to how many users, groups and roles the policy is attached.
        user_exists: whether the user is there.
        attached: whether the policy is attached to the user.
        others: names of other policies that the user has, attached or inline.
        key_ids: the user's access keys, oldest first.
    """

    account: str
    policy_arn: str
    document: str | None = None
    version: str = ""
    old_versions: tuple[str, ...] = ()
    attachments: int = 0
    user_exists: bool = False
    attached: bool = False
    others: tuple[str, ...] = ()
    key_ids: tuple[str, ...] = ()


class Action(StrEnum):
    """One thing to do in IAM, in the order in which they are done."""

    CREATE_POLICY = "create-policy"
    REPLACE_POLICY = "replace-policy"
    CREATE_USER = "create-user"
    ATTACH = "attach"
    DELETE_LOST_KEY = "delete-lost-key"
    CREATE_KEY = "create-key"


@dataclass(frozen=True, slots=True)
class Keys:
    """What is known of access keys on this side.

    Attributes:
        held: the id of the key that certbot would use now; "" for none.
        lost: the id of a key that an earlier run made and kept in memory only; "" for none.
    """

    held: str = ""
    lost: str = ""


def actions(state: IamState, wanted: Wanted, keys: Keys) -> tuple[Action, ...]:
    """Return what has to be done; empty where all is right already."""
    return tuple(_actions(state, wanted, keys))


def _actions(state: IamState, wanted: Wanted, keys: Keys) -> Iterator[Action]:
    if state.document is None:
        yield Action.CREATE_POLICY
    elif not same_policy(state.document, wanted.document):
        yield Action.REPLACE_POLICY
    if not state.user_exists:
        yield Action.CREATE_USER
    if not state.attached:
        yield Action.ATTACH
    if keys.held not in state.key_ids or not keys.held:
        if keys.lost in state.key_ids:
            yield Action.DELETE_LOST_KEY
        yield Action.CREATE_KEY


def same_policy(one: str, other: str) -> bool:
    """Tell whether two policies say the same: order of keys, single values and their lists do not matter."""
    return _canonical(one) == _canonical(other)


def _canonical(document: str) -> object:
    try:
        return _sorted(json.loads(document))
    except ValueError:
        return document


def _sorted(value: object) -> object:
    """Return a value of a policy in one form: keys and lists sorted, a single value as a list of it; no Id, no Sid."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value) if name not in {"Id", "Sid"}}
    each = value if isinstance(value, list) else [value]
    return sorted((_sorted(one) if isinstance(one, dict) else one for one in each), key=repr)

"""IAM's decision over identity-based policies: may this call be made? Pure.

The rules are those of the IAM User Guide, "Policy evaluation logic" and "Multivalued context keys", as far as identity
policies go: an explicit deny wins, then any allow, else no. Resource policies, boundaries and session policies are
not modelled.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Statement = Mapping[str, object]


class Verdict(Enum):
    """What the policies say together."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "no policy allows it"
    DENIED = "a policy denies it"


@dataclass(frozen=True, slots=True)
class Call:
    """One request as IAM sees it.

    Attributes:
        action: `service:Action`.
        resource: the ARN, or `*` where the action knows no resource.
        context: condition keys, in lower case, and their values; a key that is absent is not in the request.
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def evaluate(documents: Iterable[str], call: Call) -> Verdict:
    """Decide over `documents`, policy documents in JSON.

    Raises:
        ValueError: a document is no JSON.
    """
    verdict = Verdict.NOT_ALLOWED
    for document in documents:
        for statement in _statements(document):
            if not _applies(statement, call):
                continue
            if statement.get("Effect") == "Deny":
                return Verdict.DENIED
            verdict = Verdict.ALLOWED
    return verdict


def _statements(document: str) -> list[Statement]:
    statements = json.loads(document).get("Statement", [])
    return [statements] if isinstance(statements, dict) else list(statements)


def _applies(statement: Statement, call: Call) -> bool:
    return (
        _covers(statement, "Action", call.action, call, ignore_case=True)
        and _covers(statement, "Resource", call.resource, call, ignore_case=False)
        and _conditions_met(statement, call)
    )


def _covers(statement: Statement, element: str, value: str, call: Call, *, ignore_case: bool) -> bool:
    """Whether `value` is among the statement's Action or Resource, or not among its NotAction or NotResource."""
    negated = f"Not{element}" in statement
    patterns = _strings(statement.get(f"Not{element}" if negated else element))
    found = any(_glob(_fill_in(pattern, call), ignore_case=ignore_case).fullmatch(value) for pattern in patterns)
    return found != negated


def _strings(value: object) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _fill_in(pattern: str, call: Call) -> str:
    """Put the request's values where the pattern has policy variables such as `${aws:username}`."""

    def value(match: re.Match[str]) -> str:
        values = call.context.get(match[1].lower(), ())
        return values[0] if len(values) == 1 else match[0]

    return re.sub(r"\$\{([^}]+)\}", value, pattern) if "${" in pattern else pattern


@lru_cache(maxsize=512)
def _glob(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    """IAM's wildcards: `*` any run of characters, `?` any one; nothing else is special."""
    body = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.compile(body, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


_STRING_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": lambda wanted, value: _glob(wanted, ignore_case=False).fullmatch(value) is not None,
    "ArnLike": lambda wanted, value: _glob(wanted, ignore_case=False).fullmatch(value) is not None,
    "ArnEquals": lambda wanted, value: _glob(wanted, ignore_case=False).fullmatch(value) is not None,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}


def _conditions_met(statement: Statement, call: Call) -> bool:
    """Whether every condition holds. One that is not modelled counts against the caller, whatever the effect."""
    conditions = statement.get("Condition") or {}
    assert isinstance(conditions, dict)  # noqa: S101 - IAM refuses a document where it is anything else
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            met = _condition_met(operator, _strings(wanted), call, call.context.get(key.lower()))
            if met is None:
                return statement.get("Effect") == "Deny"
            if not met:
                return False
    return True


def _condition_met(operator: str, wanted: list[str], call: Call, values: tuple[str, ...] | None) -> bool | None:
    """One operator on one key; None where the operator is not modelled."""
    qualifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (not values) == (wanted == ["true"])
    if name.endswith("IfExists"):
        if values is None:
            return True
        name = name.removesuffix("IfExists")
    negated = "Not" in name
    test = _STRING_TESTS.get(name.replace("Not", ""))
    if test is None:
        return None

    def one(value: str) -> bool:
        return any(test(_fill_in(pattern, call), value) for pattern in wanted) != negated

    if qualifier == "ForAllValues":
        return all(one(value) for value in values or ())  # true for a key that is absent, as IAM warns
    if qualifier == "ForAnyValue" or values:
        return any(one(value) for value in values or ())
    return negated

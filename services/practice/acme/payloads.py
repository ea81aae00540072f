"""What clients may ask for: the payloads of RFC 8555 and RFC 9773, checked when they are read."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from services.practice.acme.problems import refuse


class NewAccount(msgspec.Struct, frozen=True, rename="camel"):
    """Section 7.3."""

    contact: tuple[str, ...] = ()
    terms_of_service_agreed: bool = False
    only_return_existing: bool = False


class AccountUpdate(msgspec.Struct, frozen=True, rename="camel"):
    """Sections 7.3.2 and 7.3.6."""

    contact: tuple[str, ...] | None = None
    status: str | None = None


class KeyChange(msgspec.Struct, frozen=True, rename="camel"):
    """The inner payload of section 7.3.5."""

    account: str
    old_key: dict[str, str]


class Identifier(msgspec.Struct, frozen=True):
    """Section 9.7.7."""

    type: str
    value: str


class NewOrder(msgspec.Struct, frozen=True, rename="camel"):
    """Section 7.4, with the profiles extension and RFC 9773's `replaces`."""

    identifiers: tuple[Identifier, ...]
    profile: str | None = None
    replaces: str | None = None
    not_before: str | None = None
    not_after: str | None = None


class Finalize(msgspec.Struct, frozen=True):
    """Section 7.4."""

    csr: str


class Deactivate(msgspec.Struct, frozen=True):
    """Section 7.5.2."""

    status: Literal["deactivated"]


class Revoke(msgspec.Struct, frozen=True):
    """Section 7.6."""

    certificate: str
    reason: int = 0


Payload = TypeVar("Payload", bound=msgspec.Struct)


def read(payload: bytes, kind: type[Payload]) -> Payload:
    """The payload as a `kind`.

    Raises:
        AcmeError: `malformed`: no JSON, a field is missing, or has another type.
    """
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.MsgspecError as error:
        raise refuse("malformed", f"Error unmarshaling JSON: {error}") from error

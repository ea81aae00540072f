"""Accounts: create, find, update, deactivate, change the key (RFC 8555 section 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.practice.acme.model import Account, Documents, Store
from services.practice.acme.problems import AcmeError, Problem, refuse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from josepy.jwk import JWK

    from services.practice.acme import payloads
    from services.practice.acme.jws import Signed
    from services.practice.acme.limits import RateLimits


class Accounts:
    """The accounts of one server."""

    def __init__(self, store: Store, documents: Documents, limits: RateLimits, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._documents = documents
        self._limits = limits
        self._clock = clock

    def create(self, key: JWK, payload: payloads.NewAccount, address: str) -> tuple[Account, bool]:
        """The account of `key`, and whether it is new.

        Raises:
            AcmeError: `accountDoesNotExist` where an existing one was asked for, `rateLimited`, or a refused field.
        """
        with self._store.lock:
            existing = self._store.account_with(key)
            if existing is not None:
                return _living(existing), False
            if payload.only_return_existing:
                raise refuse("accountDoesNotExist", "No account exists with the provided key")
            if not payload.terms_of_service_agreed:
                raise refuse("malformed", "must agree to terms of service")
            contact = _contact(payload.contact)
            self._limits.spend_account(address)
            account = Account(self._store.new_id(), key, contact, self._clock())
            self._store.accounts[account.id] = account
            return account, True

    def with_url(self, url: str) -> Account:
        """The account whose key id is `url`.

        Raises:
            AcmeError: `accountDoesNotExist`, or `unauthorized` where it was deactivated.
        """
        number = url.removeprefix(self._documents.account_url(0)[:-1])
        with self._store.lock:
            account = self._store.accounts.get(int(number)) if number.isascii() and number.isdigit() else None
        if account is None:
            raise refuse("accountDoesNotExist", f'Unable to validate JWS :: Account "{url}" not found')
        return _living(account)

    def update(self, account: Account, payload: payloads.AccountUpdate) -> None:
        """Change the contacts, or deactivate the account.

        Raises:
            AcmeError: a refused field.
        """
        if payload.status not in {None, "valid", "deactivated"}:
            raise refuse("malformed", "Invalid value provided for status field")
        with self._store.lock:
            if payload.status == "deactivated":
                account.status = "deactivated"
            elif payload.contact is not None:
                account.contact = _contact(payload.contact)

    def change_key(self, account: Account, inner: Signed, payload: payloads.KeyChange) -> None:
        """Put the key that signed `inner` in the place of the account's.

        Raises:
            AcmeError: the payload names another account or key, or `conflict`: the new key has an account.
        """
        if payload.account != self._documents.account_url(account.id):
            raise refuse("malformed", "Inner key rollover request specified Account that does not match the outer JWS")
        if payload.old_key != account.key.public_key().to_json():
            raise refuse("malformed", "Inner JWS does not contain old key matching current account key")
        with self._store.lock:
            other = self._store.account_with(inner.key)
            if other is not None:
                location = self._documents.account_url(other.id)
                detail = "New key is already in use for a different account"
                raise AcmeError(Problem("conflict", detail, 409, location=location))
            account.key = inner.key


def _living(account: Account) -> Account:
    if account.status != "valid":
        raise _deactivated()
    return account


def _deactivated() -> AcmeError:
    return refuse("unauthorized", 'Unable to validate JWS :: Account is not valid, has status "deactivated"')


def _contact(contact: tuple[str, ...]) -> tuple[str, ...]:
    for url in contact:
        scheme, separator, address = url.partition(":")
        if not separator or scheme.lower() != "mailto":
            raise refuse("unsupportedContact", 'only contact scheme "mailto:" is supported')
        user, at, host = address.partition("@")
        if not (user and at and "." in host) or "@" in host or "?" in address or "," in address:
            raise refuse("invalidContact", "unable to parse email address")
    return contact

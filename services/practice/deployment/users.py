"""The deployment's built-in user database, and what it says to a user name and password."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.practice.deployment.mqtt_packets import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class User:
    """One user, without the password.

    Attributes:
        user_id: the user name.
        is_superuser: whether authorization is skipped.
    """

    user_id: str
    is_superuser: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A user as the database holds it: the password as a salted SHA-256 digest, EMQX's default."""

    user: User
    salt: bytes
    digest: bytes


class Users:
    """The users by name; safe to use from any thread. `entries` are those that are there from the start."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {entry.user.user_id: entry for entry in entries}

    def add(self, user_id: str, password: str, *, is_superuser: bool = False) -> User:
        """Add a user.

        Raises:
            KeyError: the name is taken.
        """
        entry = _entry(User(user_id, is_superuser), password)
        with self._lock:
            if user_id in self._entries:
                raise KeyError(user_id)
            self._entries[user_id] = entry
        return entry.user

    def replace(self, user_id: str, password: str, *, is_superuser: bool = False) -> User:
        """Give a user another password.

        Raises:
            KeyError: no such user.
        """
        entry = _entry(User(user_id, is_superuser), password)
        with self._lock:
            if user_id not in self._entries:
                raise KeyError(user_id)
            self._entries[user_id] = entry
        return entry.user

    def remove(self, user_id: str) -> None:
        """Forget a user; connected clients stay.

        Raises:
            KeyError: no such user.
        """
        with self._lock:
            del self._entries[user_id]

    def get(self, user_id: str) -> User:
        """The user of this name.

        Raises:
            KeyError: no such user.
        """
        with self._lock:
            return self._entries[user_id].user

    def list(self) -> list[User]:
        """All users, by name."""
        with self._lock:
            return [self._entries[user_id].user for user_id in sorted(self._entries)]

    def entries(self) -> tuple[Entry, ...]:
        """All users, as they are given to another database."""
        with self._lock:
            return tuple(self._entries.values())

    def judge(self, username: str | None, password: bytes | None) -> Reason:
        """EMQX's answer: a wrong password is 0x86; an unknown or missing name is nobody's business, so 0x87."""
        with self._lock:
            entry = self._entries.get(username or "")
        if entry is None:
            return Reason.NOT_AUTHORIZED
        right = hmac.compare_digest(entry.digest, _digest(entry.salt, password or b""))
        return Reason.SUCCESS if right else Reason.BAD_USER_NAME_OR_PASSWORD


def _entry(user: User, password: str) -> Entry:
    salt = secrets.token_bytes(_SALT_BYTES)
    return Entry(user, salt, _digest(salt, password.encode()))


def _digest(salt: bytes, password: bytes) -> bytes:
    return hashlib.sha256(salt + password).digest()

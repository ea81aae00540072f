"""What is wanted, looked at as a whole before anything is made: every name that cannot be, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.devices.names import fold, problem
from services.errors import ServiceError
from services.outside import safe
from services.text import text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from services.devices.records import Rules, Wanted

SHOWN: Final = 20
"""How many of the wrong ones an error lists; it says how many more there are."""


class Wrong:
    """The wrong ones, collected: the first of them in words, all of them counted."""

    def __init__(self, error_id: str) -> None:
        self._id = error_id
        self._lines: list[str] = []
        self._count = 0

    def add(self, place: str, name: str, why: str) -> None:
        """Add one."""
        self._count += 1
        if self._count <= SHOWN:
            words = "devices.wrong-line" if place else "devices.wrong-name"
            self._lines.append(text(words, place=safe(place), name=safe(name, limit=80), why=why))

    def check(self) -> None:
        """Raise the error that lists them, if there are any."""
        if not self._count:
            return
        if self._count > SHOWN:
            self._lines.append(text("devices.wrong-more", count=self._count - SHOWN))
        raise ServiceError(self._id, count=self._count, details="; ".join(self._lines))


def stage(connection: sqlite3.Connection, wanted: Iterable[Wanted]) -> int:
    """Put what is wanted on the (empty) stage; return how many there are. Memory stays flat, however many.

    Raises:
        ServiceError: device-names-wrong, listing the names that cannot be, and those that are there twice.
    """
    wrong = Wrong("device-names-wrong")
    count = 0
    connection.execute("DELETE FROM wanted")
    for count, item in enumerate(wanted, 1):  # noqa: B007 - the count is the result
        reason = problem(item.name)
        if reason is not None:
            wrong.add(item.place, item.name, str(reason))
        elif not _put(connection, item):
            wrong.add(item.place, item.name, _twice(connection, item))
    wrong.check()
    return count


def _put(connection: sqlite3.Connection, item: Wanted) -> bool:
    cursor = connection.execute(
        "INSERT OR IGNORE INTO wanted (name, fold, place, csr, key_sha256) VALUES (?, ?, ?, ?, ?)",
        (item.name, fold(item.name), item.place, item.csr, item.key_sha256),
    )
    return cursor.rowcount == 1


def _twice(connection: sqlite3.Connection, item: Wanted) -> str:
    """Why the stage did not take `item`: its name or its key is there already."""
    row = connection.execute("SELECT name, place FROM wanted WHERE fold = ?", (fold(item.name),)).fetchone()
    if row is None:
        row = connection.execute("SELECT name, place FROM wanted WHERE key_sha256 = ?", (item.key_sha256,)).fetchone()
        return text("devices.key-twice", other=safe(row[0]))
    return text("devices.name-twice" if row[0] == item.name else "devices.name-case", other=safe(row[0]), place=row[1])


def check_against_ledger(connection: sqlite3.Connection, rules: Rules) -> None:
    """Refuse what the ledger's own certificates stand against.

    Args:
        connection: with what is wanted staged.
        rules: when a name that has a certificate gets another.

    Raises:
        ServiceError: device-names-wrong: a name that differs from a live one in case only; a key that another device
            has; another key than the live certificate's; a device with a key of its own, renewed without a request.
    """
    wrong = Wrong("device-names-wrong")
    for place, name, other in connection.execute(
        "SELECT w.place, w.name, d.name FROM wanted w JOIN device d ON d.fold = w.fold"
        " WHERE d.state IN ('reserved', 'issued') AND d.name <> w.name"
    ):
        wrong.add(place, name, text("devices.name-case", other=safe(other), place=text("devices.the-ledger")))
    for place, name, other in connection.execute(
        "SELECT w.place, w.name, min(d.name) FROM wanted w JOIN device d ON d.key_sha256 = w.key_sha256"
        " WHERE d.fold <> w.fold GROUP BY w.line"
    ):
        wrong.add(place, name, text("devices.key-twice", other=safe(other)))
    for place, name in connection.execute(
        "SELECT w.place, w.name FROM wanted w JOIN device d ON d.fold = w.fold"
        " WHERE d.state IN ('reserved', 'issued') AND w.csr IS NOT NULL AND d.key_sha256 IS NOT w.key_sha256"
        " AND (?1 IS NULL OR d.state = 'reserved' OR d.not_after >= ?1)",
        (rules.renew_before,),
    ):
        wrong.add(place, name, text("devices.other-key"))
    for place, name in connection.execute(
        "SELECT w.place, w.name FROM wanted w JOIN device d ON d.fold = w.fold"
        " WHERE d.state = 'issued' AND d.own_key AND w.csr IS NULL AND d.not_after < ?1",
        (rules.renew_before,),
    ):
        wrong.add(place, name, text("devices.own-key"))
    wrong.check()

"""The write-ahead register of a fleet: what is in it may be made, and what is not in it is not.

A certificate goes through it in two commits: *reserved* (name, number and serial number are taken) before its files
are written, *issued* when they are on the disk. Whatever happens between the two, the next run finds it reserved and
ends it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from services.devices import schema, staging
from services.devices.records import Order, Rules, State, Terms
from services.errors import ServiceError
from services.pki.authority import new_serial
from services.pki.kinds import KeyType

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

    from services.devices.places import FleetFolder
    from services.devices.records import Made, Wanted

_ORDER: Final = (
    "SELECT d.number, d.name, d.generation, d.serial, t.kind, t.days, d.csr"
    " FROM device d JOIN terms t ON t.id = d.terms"
)

NO_MORE: Final = Rules()
"""One certificate for a name, and no more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many certificates are to be made (begun ones included), and which names get none.

    Attributes:
        already: how many wanted names have one.
        revoked: how many had one that was taken back, and are passed over for that.
    """

    total: int
    already: int
    revoked: int


class Ledger:
    """The ledger of the fleet in `folder`, open for writing: whoever opens it holds the folder's lock."""

    def __init__(self, folder: FleetFolder) -> None:
        self.folder = folder
        self._connection = schema.open_for_writing(folder.ledger)
        self._staged = 0  # the last line of the stage that was looked at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it, on the disk when it returns, or nothing of it."""
        with schema.named(self.folder.ledger):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.rollback()
                raise
            self._connection.execute("COMMIT")

    def bind(self, ca_key_sha256: bytes, crl_url: str | None) -> str:
        """Tie the fleet to its CA and to where its revocation list will be; return that address ("" where none).

        The address is in the certificates and in the list, and they must agree (RFC 5280, 6.3.3): it can be chosen
        until the first certificate.

        Raises:
            ServiceError: devices-other-ca, devices-crl-url-fixed.
        """
        with self.transaction() as connection:
            if self._fact("ca_key_sha256", ca_key_sha256) != ca_key_sha256:
                raise ServiceError("devices-other-ca", path=self.folder.root)
            empty = connection.execute("SELECT 1 FROM device").fetchone() is None
            if crl_url is not None and empty:
                connection.execute("INSERT OR REPLACE INTO fleet VALUES ('crl_url', ?)", (crl_url,))
            known = str(self._fact("crl_url", crl_url or ""))
            if crl_url is not None and crl_url != known:
                raise ServiceError("devices-crl-url-fixed", is_=known or "–", wanted=crl_url)
        return known

    def _fact(self, name: str, initial: bytes | str) -> object:
        """A fact of the fleet; it is `initial` from now on where it was not known."""
        self._connection.execute("INSERT OR IGNORE INTO fleet VALUES (?, ?)", (name, initial))
        return self._connection.execute("SELECT value FROM fleet WHERE name = ?", (name,)).fetchone()[0]

    def stage(self, wanted: Iterable[Wanted], rules: Rules = NO_MORE) -> int:
        """Look at all that is wanted, before anything is made; return how many there are.

        Raises:
            ServiceError: device-names-wrong.
        """
        self._staged = 0
        with self.transaction() as connection:
            count = staging.stage(connection, wanted)
            staging.check_against_ledger(connection, rules)
        return count

    def plan(self, rules: Rules = NO_MORE) -> Plan:
        """Return what is to be done, with what is wanted staged."""
        unfinished, new, already, revoked = self._connection.execute(
            "SELECT (SELECT count(*) FROM device WHERE state = 'reserved'),"
            " count(*) FILTER (WHERE (d.number IS NULL AND (?2 OR NOT w.revoked))"
            "   OR (d.state = 'issued' AND d.not_after < ?1)),"
            " count(*) FILTER (WHERE d.state = 'issued' AND (?1 IS NULL OR d.not_after >= ?1)),"
            " count(*) FILTER (WHERE d.number IS NULL AND w.revoked AND NOT ?2)"
            " FROM (SELECT fold, EXISTS (SELECT 1 FROM device r WHERE r.fold = wanted.fold AND r.state = 'revoked')"
            "   AS revoked FROM wanted) w"
            " LEFT JOIN device d ON d.fold = w.fold AND d.state IN ('reserved', 'issued')",
            (rules.renew_before, rules.revoked_too),
        ).fetchone()
        return Plan(int(unfinished) + int(new), int(already), int(revoked))

    def unfinished(self, size: int) -> Iterator[tuple[Order, ...]]:
        """Yield what earlier runs reserved and did not end, some at a time."""
        last = self._connection.execute("SELECT max(number) FROM device WHERE state = 'reserved'").fetchone()[0] or 0
        after = 0
        while rows := self._connection.execute(
            f"{_ORDER} WHERE d.state = 'reserved' AND d.number > ? AND d.number <= ? ORDER BY d.number LIMIT ?",
            (after, last, size),
        ).fetchall():
            yield tuple(_order(row, again=True) for row in rows)
            after = rows[-1][0]

    def reserve(self, size: int, terms: Terms, rules: Rules = NO_MORE) -> tuple[Order, ...] | None:
        """Reserve what is new among the next `size` of the stage; None when all of it has been looked at."""
        with self.transaction() as connection:
            rows = connection.execute(
                "SELECT line, name, fold, csr, key_sha256 FROM wanted WHERE line > ? ORDER BY line LIMIT ?",
                (self._staged, size),
            ).fetchall()
            if not rows:
                return None
            terms_id = _terms_id(connection, terms)
            first = (connection.execute("SELECT max(number) FROM device").fetchone()[0] or 0) + 1
            for _, name, fold, csr, key in rows:
                if _is_new(connection, fold, rules):
                    _reserve(connection, (name, fold, csr, key), terms_id)
            reserved = connection.execute(f"{_ORDER} WHERE d.number >= ? ORDER BY d.number", (first,)).fetchall()
        self._staged = rows[-1][0]
        return tuple(_order(row, again=False) for row in reserved)

    def complete(self, made: Sequence[Made]) -> None:
        """Record what was made; its files are on the disk."""
        with self.transaction() as connection:
            connection.executemany(
                "UPDATE device SET state = 'issued', serial = ?, not_before = ?, not_after = ?, sha256 = ?, csr = NULL"
                " WHERE number = ? AND state = 'reserved'",
                [(_octets(one.serial), one.not_before, one.not_after, one.sha256, one.number) for one in made],
            )


def _terms_id(connection: sqlite3.Connection, terms: Terms) -> int:
    connection.execute("INSERT OR IGNORE INTO terms (kind, days) VALUES (?, ?)", (terms.kind, terms.days))
    row = connection.execute("SELECT id FROM terms WHERE kind = ? AND days = ?", (terms.kind, terms.days)).fetchone()
    return int(row[0])


def _is_new(connection: sqlite3.Connection, fold: str, rules: Rules) -> bool:
    """Whether the name is to have a certificate; a live one that it replaces is superseded by that."""
    row = connection.execute(
        "SELECT number, state, not_after FROM device WHERE fold = ? AND state IN ('reserved', 'issued')", (fold,)
    ).fetchone()
    if row is None:
        revoked = connection.execute("SELECT 1 FROM device WHERE fold = ? AND state = 'revoked'", (fold,)).fetchone()
        return revoked is None or rules.revoked_too
    number, state, not_after = row
    if state != State.ISSUED or rules.renew_before is None or not_after >= rules.renew_before:
        return False
    connection.execute("UPDATE device SET state = 'superseded' WHERE number = ?", (number,))
    return True


def _reserve(connection: sqlite3.Connection, wanted: tuple[str, str, bytes | None, bytes | None], terms: int) -> None:
    name, fold, csr, key = wanted
    connection.execute(
        "INSERT INTO device (number, name, fold, generation, state, serial, terms, own_key, csr, key_sha256)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM device), ?1, ?2,"
        " (SELECT count(*) + 1 FROM device WHERE fold = ?2), 'reserved', ?3, ?4, ?5, ?6, ?7)",
        (name, fold, _octets(new_serial()), terms, csr is not None, csr, key),
    )


def _order(row: tuple[int, str, int, bytes, str, int, bytes | None], *, again: bool) -> Order:
    number, name, generation, serial, kind, days, csr = row
    return Order(number, name, generation, int.from_bytes(serial), Terms(KeyType(kind), days), csr, again)


def _octets(serial: int) -> bytes:
    return serial.to_bytes(20)

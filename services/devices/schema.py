"""The ledger's tables, and how the file is opened."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.errors import ServiceError
from services.files import PRIVATE, file_error
from services.outside import safe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION: Final = 1

_TABLES: Final = """
CREATE TABLE fleet (
  name  TEXT PRIMARY KEY,     -- ca_key_sha256, crl_url, crl_number
  value
) WITHOUT ROWID;
CREATE TABLE terms (
  id    INTEGER PRIMARY KEY,
  kind  TEXT NOT NULL,
  days  INTEGER NOT NULL,
  UNIQUE (kind, days)
);
CREATE TABLE device (
  number      INTEGER PRIMARY KEY,    -- 1, 2, 3 ... and none left out
  name        TEXT NOT NULL,
  fold        TEXT NOT NULL,          -- what names must not share
  generation  INTEGER NOT NULL,       -- counts the certificates of a name
  state       TEXT NOT NULL,          -- records.State
  serial      BLOB NOT NULL,          -- 20 octets, big-endian
  terms       INTEGER NOT NULL REFERENCES terms (id),
  own_key     INTEGER NOT NULL,       -- 1: the key was made on the device
  csr         BLOB,                   -- kept only until the certificate is made
  key_sha256  BLOB,                   -- of the request's public key
  not_before  INTEGER,
  not_after   INTEGER,
  sha256      BLOB,                   -- the certificate's fingerprint
  revoked_at  INTEGER,
  reason      TEXT
);
CREATE UNIQUE INDEX device_live ON device (fold) WHERE state IN ('reserved', 'issued');
CREATE UNIQUE INDEX device_serial ON device (serial);
CREATE INDEX device_fold ON device (fold);
CREATE INDEX device_reserved ON device (number) WHERE state = 'reserved';
CREATE INDEX device_revoked ON device (number) WHERE state = 'revoked';
CREATE INDEX device_key ON device (key_sha256) WHERE key_sha256 IS NOT NULL;
"""

_STAGE: Final = """
CREATE TEMP TABLE wanted (
  line        INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  fold        TEXT NOT NULL UNIQUE,
  place       TEXT NOT NULL,
  csr         BLOB,
  key_sha256  BLOB UNIQUE
);
"""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the ledger, made where it is missing, with an empty stage for what is wanted.

    Its commits are on the disk when they return (WAL, synchronous FULL): nothing may be written that it forgets.

    Raises:
        ServiceError: folder-not-writable, disk-full, devices-ledger-broken, devices-ledger-newer.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE))
    except OSError as error:
        raise file_error(error, path) from error
    with named(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if _version(connection, path) == 0:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        connection.executescript(_STAGE)
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the ledger to look at it, also while a run is writing to it.

    Raises:
        ServiceError: devices-none (there is no ledger), devices-ledger-broken, devices-ledger-newer.
    """
    if not path.is_file():
        raise ServiceError("devices-none", path=path.parent)
    with named(path):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
        if _version(connection, path) == 0:
            raise ServiceError("devices-none", path=path.parent)
    return connection


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Give what SQLite has to complain about a name."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0)
        if code & 0xFF == sqlite3.SQLITE_FULL:
            raise ServiceError("disk-full", path=path) from error
        if code & 0xFF in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
            raise ServiceError("folder-not-writable", path=path.parent, details=safe(str(error))) from error
        raise ServiceError("devices-ledger-broken", path=path, details=safe(str(error))) from error


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise ServiceError("devices-ledger-newer", path=path)
    return version

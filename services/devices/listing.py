"""What is in the ledger, read one by one: also while a run is writing to it, and however much it is."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from services.devices import schema
from services.devices.records import Device, State, moment
from services.devices.staging import Wrong
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.devices.places import FleetFolder

_COLUMNS: Final = (
    "SELECT number, name, generation, state, serial, own_key, not_before, not_after, sha256, revoked_at, reason"
    " FROM device"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which certificates: all that fit every part that is given."""

    state: State | None = None
    ends_before: datetime | None = None


def devices(folder: FleetFolder, choice: Choice) -> Iterator[Device]:
    """Yield the certificates of the fleet, by number.

    Raises:
        ServiceError: devices-none, devices-ledger-broken, devices-ledger-newer.
    """
    end = None if choice.ends_before is None else int(choice.ends_before.timestamp())
    with closing(schema.open_for_reading(folder.ledger)) as connection, schema.named(folder.ledger):
        for row in connection.execute(
            f"{_COLUMNS} WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR not_after < ?2) ORDER BY number",
            (choice.state, end),
        ):
            yield _device(row)


def live(folder: FleetFolder, names: Sequence[str]) -> tuple[Device, ...]:
    """Return the live certificate of each of `names`.

    Raises:
        ServiceError: device-names-unknown, listing those that have none; devices-none and as `devices`.
    """
    wrong = Wrong("device-names-unknown")
    found = []
    with closing(schema.open_for_reading(folder.ledger)) as connection, schema.named(folder.ledger):
        for name in dict.fromkeys(names):
            row = connection.execute(f"{_COLUMNS} WHERE name = ? AND state = 'issued'", (name,)).fetchone()
            if row is None:
                wrong.add("", name, text("devices.no-such"))
            else:
                found.append(_device(row))
    wrong.check()
    return tuple(found)


def _device(
    row: tuple[int, str, int, str, bytes, int, int | None, int | None, bytes | None, int | None, str],
) -> Device:
    number, name, generation, state, serial, own_key, not_before, not_after, sha256, revoked_at, reason = row
    return Device(
        number=number,
        name=name,
        generation=generation,
        state=State(state),
        serial=int.from_bytes(serial),
        own_key=bool(own_key),
        not_before=moment(not_before),
        not_after=moment(not_after),
        sha256=(sha256 or b"").hex(),
        revoked_at=moment(revoked_at),
        reason=reason or "",
    )

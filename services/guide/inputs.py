"""Values that users give, checked: each function returns the value in its right form, or raises InputError. Pure.

Every function takes the name of the Request's field first, so that a form can mark it.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import TYPE_CHECKING, Final, TypeVar

from services.addresses import is_address
from services.errors import InputError
from services.outside import safe
from services.pki.lengths import LONGEST, octets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = TypeVar("T")

_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@([^\s@]{3,253})")
_SHOWN: Final = 80  # characters of a wrong value that an error shows
_DNS_LIMIT: Final = 253  # RFC 1035, 2.3.4, without the root's dot
_CHALLENGE: Final = len("_acme-challenge.")  # certbot puts this in front, and that must still be a name
_PORTS: Final = range(1, 65536)


def domain(field: str, value: str) -> str:
    """Return a fully qualified host name that a certificate can be issued for, as lower-case A-labels without a dot.

    An internationalised name (`münchen.example`) is turned into its A-labels (UTS 46, IDNA 2008).

    Raises:
        InputError: bad-domain, its variant naming why: empty, url, address, wildcard, one-label, too-long, label, idn.
    """
    name = value.strip().rstrip(".")
    if not name:
        raise InputError(field, "bad-domain", variant="empty", value="")
    if "/" in name or ":" in name:
        raise _bad_domain(field, value, "url")
    if name.startswith("*."):
        raise _bad_domain(field, value, "wildcard")
    name = _a_labels(field, name)
    labels = name.split(".")
    if len(labels) == 1:
        raise _bad_domain(field, value, "one-label")
    if labels[-1].isdecimal():
        raise _bad_domain(field, value, "address")
    if len(name) > _DNS_LIMIT - _CHALLENGE or max(map(len, labels)) > 63:
        raise _bad_domain(field, value, "too-long")
    if not all(map(_LABEL.fullmatch, labels)):
        raise _bad_domain(field, value, "label")
    return name


def host(field: str, value: str) -> str:
    """Return a host to connect to: an IP address, or a name of one or more labels.

    Raises:
        InputError: bad-host.
    """
    name = value.strip().removeprefix("[").removesuffix("]").rstrip(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if name.isascii() and "." not in name and _LABEL.fullmatch(name.lower()) and not name.isdecimal():
        return name.lower()
    try:
        return domain(field, name)
    except InputError as error:
        raise InputError(field, "bad-host", value=_shown(value)) from error


def cname_target(field: str, value: str) -> str:
    """Return the name that a CNAME can point at: the deployment's address as the console shows it.

    A scheme or port copied along with it is taken off.

    Raises:
        InputError: bad-host; its variant "address" for an IP address, which no CNAME can name.
    """
    name = re.sub(r"^[a-z+]+://", "", value.strip().lower())
    name = re.sub(r":\d{1,5}/?$", "", name).rstrip("./")
    if is_address(name):
        raise InputError(field, "bad-host", variant="address", value=_shown(value))
    try:
        return domain(field, name)
    except InputError as error:
        raise InputError(field, "bad-host", value=_shown(value)) from error


def port(field: str, value: int) -> int:
    """Return a TCP port.

    Raises:
        InputError: bad-port.
    """
    if isinstance(value, bool) or value not in _PORTS:
        raise InputError(field, "bad-port", value=str(value))
    return value


def days(field: str, value: int, *, most: int) -> int:
    """Return a number of days from 1 to `most`.

    Raises:
        InputError: bad-days.
    """
    if isinstance(value, bool) or not 1 <= value <= most:
        raise InputError(field, "bad-days", value=str(value), most=most)
    return value


def seconds(field: str, value: int, *, most: int) -> int:
    """Return a number of seconds from 1 to `most`.

    Raises:
        InputError: bad-seconds.
    """
    if isinstance(value, bool) or not 1 <= value <= most:
        raise InputError(field, "bad-seconds", value=str(value), most=most)
    return value


def same_name(field: str, value: str) -> InputError:
    """Return the error of a name that is to be an alias of itself."""
    return InputError(field, "bad-host", variant="itself", value=_shown(value))


def name_part(field: str, value: str, *, optional: bool = False) -> str:
    """Return a common name or an organization for a distinguished name: printable, 1 to 64 octets in UTF-8.

    Raises:
        InputError: bad-name.
    """
    part = value.strip()
    unprintable = any(unicodedata.category(char)[0] == "C" for char in part)
    if unprintable or octets(part) > LONGEST or not (part or optional):
        raise InputError(field, "bad-name", value=_shown(value), limit=LONGEST)
    return part


def country(field: str, value: str) -> str:
    """Return a country for a distinguished name: two letters, upper-case (ISO 3166), or none.

    Raises:
        InputError: bad-country.
    """
    code = value.strip().upper()
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise InputError(field, "bad-country", value=_shown(value))
    return code


def email(field: str, value: str) -> str:
    """Return an e-mail address for an ACME account, or "" for none.

    Raises:
        InputError: bad-email.
    """
    address = value.strip()
    if not address:
        return ""
    found = _EMAIL.fullmatch(address)
    try:
        domain(field, found[1] if found else "")
    except InputError as error:
        raise InputError(field, "bad-email", value=_shown(value)) from error
    return address


def words(field: str, value: str, *, limit: int = 100) -> str:
    """Return a short text without control characters, e.g. an issuer's name; may be empty.

    Raises:
        InputError: bad-text.
    """
    line = value.strip()
    if len(line) > limit or any(unicodedata.category(char)[0] == "C" for char in line):
        raise InputError(field, "bad-text", value=_shown(value), limit=limit)
    return line


def choice(field: str, value: T, choices: Sequence[T]) -> T:
    """Return `value`, one of `choices`.

    Raises:
        InputError: bad-choice.
    """
    if value not in choices:
        raise InputError(field, "bad-choice", value=_shown(str(value)), choices=", ".join(map(str, choices)))
    return value


def folder(field: str, value: Path | None) -> Path | None:
    """Return an absolute path, `~` expanded, that is an existing folder; None stays None.

    Raises:
        InputError: file-not-found, file-not-readable (it is there and is no folder).
    """
    if value is None:
        return None
    path = value.expanduser().absolute()
    try:
        if path.is_dir():
            return path
        missing = not path.exists()
    except OSError:  # a folder above it may not be entered, or the name is too long
        missing = False
    raise InputError(field, "file-not-found" if missing else "file-not-readable", path=path)


def _a_labels(field: str, name: str) -> str:
    """Return `name` in ASCII, each label in its A-label form, lower-case."""
    if name.isascii():
        return name.lower()
    import idna  # noqa: PLC0415 - its tables are large, and few names need them

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise _bad_domain(field, name, "idn") from error


def _bad_domain(field: str, value: str, variant: str) -> InputError:
    return InputError(field, "bad-domain", variant=variant, value=_shown(value))


def _shown(value: str) -> str:
    return safe(value.strip(), limit=_SHOWN)

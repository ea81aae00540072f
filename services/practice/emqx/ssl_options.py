"""The `ssl_options` of a self-managed EMQX listener: what it takes, and the Erlang terms in which it refuses.

Source: emqx/emqx, apps/emqx/src/emqx_tls_lib.erl (5.8 and 6.3). No I/O: of the paths that a real node could read, only
those exist here that EMQX itself would have made, for certificates that were sent inline.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.practice.deployment.material import (
    ClientCheck,
    ListenerTls,
    RejectedTlsError,
    ServerIdentity,
    parse_certificates,
    parse_key,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.practice.emqx.http import JsonObject

FILE_OPTIONS = ("cacertfile", "certfile", "keyfile")
DEFAULT_PATHS = {option: f"${{EMQX_ETC_DIR}}/certs/{option.removesuffix('file')}.pem" for option in FILE_OPTIONS}
_MANAGED_FOLDER = "data/certs/listeners/ssl/default"
_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
_LINE_WIDTH = 80  # Erlang's ~p breaks a term that is longer
_TERM_HEAD = "{bad_ssl_config,#{"


class BadSslConfigError(ValueError):
    """EMQX refuses the options; the message is its Erlang term, as `~p` prints it."""

    def __init__(self, option: str, **facts: str) -> None:
        pairs = [f"{name} => {value}" for name, value in sorted(facts.items())] + [f'which_option => <<"{option}">>']
        separator = ","
        if len(_TERM_HEAD) + len(separator.join(pairs)) + 2 > _LINE_WIDTH:
            separator = ",\n" + " " * len(_TERM_HEAD)
        super().__init__(_TERM_HEAD + separator.join(pairs) + "}}")


@dataclass(frozen=True, slots=True)
class StoredPem:
    """A PEM text that was sent inline, and the path under which EMQX keeps it."""

    path: str
    text: str


def check(options: JsonObject, stored: Mapping[str, str]) -> list[StoredPem]:
    """The inline PEM texts among the three file options, with their paths.

    Args:
        options: `ssl_options` as they would be after the change.
        stored: the texts by path, of those that exist.

    Raises:
        BadSslConfigError: one of them is not what it should be.
    """
    found = []
    for option in FILE_OPTIONS:
        value = options.get(option, DEFAULT_PATHS[option])
        if not isinstance(value, str) or any(not (each.isprintable() or each in "\r\n\t") for each in value):
            raise BadSslConfigError(option, reason="invalid_file_path_or_pem_string")
        if not value and option == "cacertfile":
            continue
        if not value:
            raise BadSslConfigError(option, reason="pem_file_path_or_string_is_required")
        if _BEGIN.search(value):
            _check_pem(option, value, _password(options, value))
            found.append(StoredPem(_managed_path(option, value), value))
        else:
            _check_path(option, value, stored)
    return found


def listener_tls(options: JsonObject, stored: Mapping[str, str], default: ServerIdentity) -> ListenerTls:
    """What a listener makes of checked options whose file options are paths. Key and certificate may not fit."""
    texts = {option: stored.get(str(options.get(option)), "") for option in FILE_OPTIONS}
    identity = ServerIdentity(
        parse_certificates("certfile", texts["certfile"]) if texts["certfile"] else default.chain,
        parse_key(texts["keyfile"], _password(options, texts["keyfile"])) if texts["keyfile"] else default.key,
    )
    if options.get("verify") != "verify_peer":
        return ListenerTls(identity)
    cas = parse_certificates("cacertfile", texts["cacertfile"]) if texts["cacertfile"] else ()
    required = options.get("fail_if_no_peer_cert") is True
    return ListenerTls(identity, cas, ClientCheck.REQUIRED if required else ClientCheck.OPTIONAL)


def _check_path(option: str, path: str, stored: Mapping[str, str]) -> None:
    if "\n" in path or "\r" in path:
        raise BadSslConfigError(option, file_path="not_file_path", pem_check="not_pem")
    if path not in stored and path not in DEFAULT_PATHS.values():
        raise BadSslConfigError(option, file_path=f'"{path}"', pem_check="enoent")


def _password(options: JsonObject, key_text: str) -> str | None:
    """The password for a key, where one is set and the key is encrypted."""
    return str(options["password"]) if options.get("password") and "ENCRYPTED" in key_text else None


def _check_pem(option: str, text: str, password: str | None) -> None:
    if option == "keyfile":
        _check_key(text, password)
        return
    try:
        parse_certificates(option, text)
    except RejectedTlsError:
        if option == "certfile":
            raise BadSslConfigError(option, reason="failed_to_parse_certfile") from None
        raise BadSslConfigError(option, reason="invalid_file_path_or_pem_string") from None


def _check_key(text: str, password: str | None) -> None:
    labels = _BEGIN.findall(text)
    if len(labels) != 1:
        raise BadSslConfigError("keyfile", reason="failed_to_parse_keyfile")
    if not labels[0].endswith("PRIVATE KEY"):
        raise BadSslConfigError("keyfile", reason="not_a_private_key")
    if "ENCRYPTED" in text and password is None:
        raise BadSslConfigError("keyfile", reason="encrypted_keyfile_missing_password")
    try:
        parse_key(text, password)
    except RejectedTlsError:
        reason = "bad_password_or_invalid_keyfile" if password else "failed_to_parse_keyfile"
        raise BadSslConfigError("keyfile", reason=reason) from None


def _managed_path(option: str, text: str) -> str:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16].upper()  # as EMQX names the file
    return f"{_MANAGED_FOLDER}/{option.removesuffix('file')}-{digest}"

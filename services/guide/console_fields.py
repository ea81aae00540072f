"""What goes into which field of EMQX Cloud's console, and the uploads as shell commands. Pure.

Keys and secrets reach curl through a file descriptor: its command line can be read by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from services.aws.shell import look_up
from services.emqx.folder import BundleFolder
from services.guide import known
from services.guide.step import Command
from services.text import Message, message

if TYPE_CHECKING:
    from services.guide.deployment import Request
    from services.guide.step import Here

_CREDENTIALS: Final = 'user = "{key}:{secret}"'
_PLATFORM: Final = ("$EMQX_PLATFORM_KEY", "$EMQX_PLATFORM_SECRET")
_SELF_MANAGED: Final = ("$EMQX_API_KEY", "$EMQX_API_SECRET")
_PLATFORM_BODY: Final = '{"tlsType": "two-way", "cert": cert, "key": key, "cacert": ca}'
_LISTENER_BODY: Final = (
    '{{"type": "ssl", "id": "{listener}", "bind": "{port}", "ssl_options": {{"certfile": cert, "keyfile": key,'
    ' "cacertfile": ca, "verify": "verify_peer", "fail_if_no_peer_cert": True}}}}'
)
_COPY: Final = "printf '\\033]52;c;%s\\a' \"$(base64 < {path} | tr -d '\\n')\""
"""Puts a file on the terminal's clipboard (OSC 52) without showing it."""


@dataclass(frozen=True, slots=True)
class ConsoleField:
    """One field of the console, and the file whose content goes there.

    Attributes:
        name: names its words, `deployment.console.<name>`.
        path: the file.
        is_key: it is never shown.
    """

    name: str
    path: Path
    is_key: bool = False

    @property
    def label(self) -> Message:
        """The field's name, as the console has it."""
        return message(f"deployment.console.{self.name}")


def console_fields(folder: BundleFolder) -> tuple[ConsoleField, ...]:
    """Return the four fields in the console's order, and last what the first two are in the console's newer form."""
    return (
        ConsoleField("certificate", folder.certificate),
        ConsoleField("chain", folder.chain),
        ConsoleField("private-key", folder.private_key, is_key=True),
        ConsoleField("client-ca", folder.client_ca),
        ConsoleField("merged", folder.merged),
    )


def console_commands(request: Request, here: Here) -> tuple[Command, ...]:
    """Return the upload as curl has it (or, by hand, what goes into each field), and the handshake that proves it."""
    folder = BundleFolder(here.workspace.emqx)
    return (*_upload(request, here, folder), Command(message("deployment.command.look"), _look(request, here)))


def _upload(request: Request, here: Here, folder: BundleFolder) -> tuple[Command, ...]:
    emqx = here.world.emqx
    if request.target == "platform" and emqx.platform_url and emqx.deployment_id:
        url = f"{emqx.platform_url.rstrip('/')}/deployments/{emqx.deployment_id}/tls"
        method = "PUT" if here.session.record("deployment").result is not None else "POST"
        return (
            Command(message("deployment.command.state"), _curl(url, _PLATFORM)),
            Command(message("deployment.command.upload"), _send(url, _PLATFORM, method, _PLATFORM_BODY, folder)),
        )
    if request.target == "self-managed" and emqx.api_url:
        url = f"{emqx.api_url.rstrip('/')}/listeners/{request.listener}"
        body = _LISTENER_BODY.format(listener=request.listener, port=request.port)
        return (Command(message("deployment.command.listener"), _send(url, _SELF_MANAGED, "PUT", body, folder)),)
    return tuple(
        Command(message("deployment.command.copy", field=field.label), _COPY.format(path=quote(str(field.path))))
        for field in console_fields(folder)
    )


def _send(url: str, user: tuple[str, str], method: str, body: str, folder: BundleFolder) -> str:
    files = " ".join(quote(str(path)) for path in (folder.merged, folder.private_key, folder.client_ca))
    read = "import json, sys; cert, key, ca = (open(name).read() for name in sys.argv[1:])"
    program = f"{read}; print(json.dumps({body}))"
    options = f"-X {method} -H 'Content-Type: application/json' --data-binary @-"
    return f"python3 -c {quote(program)} \\\n  {files} |\n{_curl(url, user, options)}"


def _curl(url: str, user: tuple[str, str], options: str = "") -> str:
    words = " ".join(word for word in ("curl -sS --fail-with-body --config /dev/fd/3", options, quote(url)) if word)
    credentials = _CREDENTIALS.format(key=user[0], secret=user[1])
    return f"{words} 3<<EOF\n{credentials}\nEOF"


def _look(request: Request, here: Here) -> str:
    """The deployment's own address, asked for the subdomain: what openssl prints is what clients are sent."""
    address, name = known.address(here) or request.domain, quote(request.domain)
    if here.world.dns.nameserver is None:
        at = quote(f"{address}:{request.port}")
        return f"openssl s_client -connect {at} -servername {name} -showcerts < /dev/null"
    find = f"ADDRESS=$({look_up(address, 'A', here.world.dns.nameserver)} | tail -n 1)"
    return f'{find}\nopenssl s_client -connect "$ADDRESS:{request.port}" -servername {name} -showcerts < /dev/null'

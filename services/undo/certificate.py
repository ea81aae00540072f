"""Revoking the certificate with its CA, and having certbot forget it."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from services.acme import certbot
from services.acme.live import LiveFolder
from services.text import message
from services.undo.pieces import Found, PieceName

if TYPE_CHECKING:
    from services.guide.step import Here


@dataclass(frozen=True, slots=True)
class _Made:
    """The part of the server certificate step's Result that matters here."""

    domain: str
    live: Path
    issuer: str
    not_after: datetime


class Certificate:
    """The certificate of the workspace's own certbot. One that another certbot keeps is that one's affair."""

    name = PieceName.CERTIFICATE

    async def look(self, here: Here) -> Found | None:
        """Return the certificate, while certbot has it and it is valid."""
        made = _made(here)
        if made is None or not LiveFolder(made.live).certificate.exists() or made.not_after <= here.world.clock():
            return None
        facts = {"domain": made.domain, "issuer": made.issuer, "date": f"{made.not_after:%Y-%m-%d}"}
        return Found(message("undo.certificate.what", **facts), message("undo.certificate.consequence", **facts))

    async def take_back(self, here: Here) -> None:
        """Revoke it ("cessation of operation", RFC 5280, 5.3.1), and delete certbot's files of it.

        It is asked for with the certificate's own key (RFC 8555, 7.6), which needs no account with the CA.

        Raises:
            ServiceError: what certbot's words stand for.
        """
        made = _made(here)
        if made is None or not LiveFolder(made.live).certificate.exists():
            return
        where = [part for option, path in certbot.folders(here.workspace).items() for part in (option, str(path))]
        arguments = [
            *("revoke", "-n", "--cert-name", made.live.name, "--key-path", str(LiveFolder(made.live).key)),
            *("--reason", "cessationofoperation", "--delete-after-revoke"),
            *("--server", here.world.acme.directory_url, *where),
        ]
        async with aclosing(certbot.run_arguments(arguments, made.domain, here.world)) as lines:
            async for _ in lines:
                pass


def _made(here: Here) -> _Made | None:
    """Return the certificate that this workspace's certbot keeps; None for none, or one from elsewhere."""
    made = here.session.result("server_certificate", _Made)
    return made if made and made.live.is_relative_to(here.workspace.letsencrypt) else None

"""One certificate in words, as `openssl x509 -text` tells them. Brings cryptography: imported when one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.shown import left
from services.text import text
from services.tls import catalog
from services.tls.certificate import Certificate, to_pem
from services.tls.pem import readable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def details(pem: bytes, now: datetime, roots: bytes = b"") -> str:
    """Return the facts of every certificate in `pem` with its PEM below; "" where there is none.

    `roots` (PEM) are trusted beside the public ones: what has the key of one of them is cross-signed.
    """
    others = readable(roots)
    return "\n".join(f"{_facts(each, now, others)}\n\n{to_pem(each).decode()}" for each in readable(pem))


def _facts(certificate: Certificate, now: datetime, others: Sequence[Certificate]) -> str:
    facts = {
        "subject": certificate.subject or "–",
        "issuer": certificate.issuer or "–",
        "role": text(f"chain.part.{catalog.role(certificate, others).value}"),
        "names": ", ".join(certificate.names) or "–",
        "from": f"{certificate.not_before:%Y-%m-%d %H:%M:%S} UTC",
        "until": f"{certificate.not_after:%Y-%m-%d %H:%M:%S} UTC ({left(certificate.not_after - now)})",
        "key": certificate.key_type,
        "signature": certificate.signature,
        "serial": certificate.serial,
        "ca": _authority(certificate),
        "usage": _listed(certificate.key_usage),
        "purpose": _listed(certificate.extended_key_usage),
        "ski": certificate.ski or "–",
        "aki": certificate.aki or "–",
        "sha256": _colons(certificate.sha256),
        "spki": _colons(certificate.spki_sha256),
    }
    return "\n".join(f"{text(f'chain.detail.{name}')}\n    {value}" for name, value in facts.items())


def _authority(certificate: Certificate) -> str:
    if not certificate.is_ca:
        return text("wizard.switch.false")
    if certificate.path_length is None:
        return text("wizard.switch.true")
    return f"{text('wizard.switch.true')}, {text('chain.detail.path-length', count=certificate.path_length)}"


def _listed(words: tuple[str, ...] | None) -> str:
    return ", ".join(words) if words is not None else text("chain.detail.any")


def _colons(hexadecimal: str) -> str:
    return ":".join(hexadecimal[place : place + 2] for place in range(0, len(hexadecimal), 2)).upper()

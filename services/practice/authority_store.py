"""The keys and certificates of a practice CA, kept in a folder, so that a workspace meets the same CA again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from services.files import PRIVATE, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from services.practice.ca_profiles import CaKey


class AuthorityStore:
    """Keeps each key and certificate from the moment it is made, so that no sudden end can lose one that was used.

    Args:
        folder: where; made for its owner only when the first key is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, authority: str) -> CaKey | None:
        """The key of `authority`; None where none is kept, or what is kept is damaged."""
        try:
            data = (self._folder / f"{authority}.key").read_bytes()
            return cast("CaKey", serialization.load_pem_private_key(data, password=None))
        except (OSError, ValueError):
            return None

    def keep_key(self, authority: str, key: CaKey) -> None:
        """Keep `key` for `authority`."""
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_file(self._folder / f"{authority}.key", data, mode=PRIVATE, replace=True)

    def certificate(self, authority: str, issuer: str) -> x509.Certificate | None:
        """The certificate of `authority` by `issuer`; None where none is kept, or what is kept is damaged."""
        try:
            return x509.load_pem_x509_certificate((self._folder / f"{authority}-by-{issuer}.crt").read_bytes())
        except (OSError, ValueError):
            return None

    def keep_certificate(self, authority: str, issuer: str, certificate: x509.Certificate) -> None:
        """Keep `certificate`."""
        data = certificate.public_bytes(serialization.Encoding.PEM)
        write_file(self._folder / f"{authority}-by-{issuer}.crt", data, replace=True)

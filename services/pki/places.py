"""Where the client side's five files lie. Light: no library behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClientFolder:
    """Where the five files lie in `root`; the names are the guide's."""

    root: Path

    @property
    def ca_certificate(self) -> Path:
        """The client CA: what the deployment is given to trust."""
        return self.root / "client-ca.crt"

    @property
    def ca_key(self) -> Path:
        """The CA's private key: whoever has it can let clients in."""
        return self.root / "client-ca.key"

    @property
    def certificate(self) -> Path:
        """The client certificate."""
        return self.root / "client.crt"

    @property
    def key(self) -> Path:
        """The client's private key."""
        return self.root / "client.key"

    @property
    def csr(self) -> Path:
        """The request that the client certificate was issued for."""
        return self.root / "client.csr"

    @property
    def rotation(self) -> Path:
        """The folder of a change of the client CA that is under way (services.renewal.rotation)."""
        return self.root / "rotation"

    @property
    def trusted(self) -> Path:
        """While both the old and the new client CA are to be trusted: the file that holds both."""
        return self.rotation / "trusted-cas.pem"

"""The key types on offer for the client side, and for the server's certificate."""

from __future__ import annotations

from enum import StrEnum


class KeyType(StrEnum):
    """A kind of private key. EMQX Cloud's list of key types ends at RSA 2048 and ECDSA 384 for what is uploaded there.

    A client's key is never uploaded, so RSA 3072 may be chosen as well.
    """

    RSA_2048 = "rsa-2048"
    RSA_3072 = "rsa-3072"
    ECDSA_P256 = "ecdsa-p256"
    ECDSA_P384 = "ecdsa-p384"

    @property
    def label(self) -> str:
        """How it is called in words, e.g. "RSA 2048"."""
        family, size = self.value.split("-")
        return f"{family.upper()} {size.upper().replace('P', 'P-')}"

    @property
    def is_rsa(self) -> bool:
        """Whether it is an RSA key."""
        return self.value.startswith("rsa")

    @property
    def bits(self) -> int:
        """The size of an RSA modulus, or of an elliptic curve's field."""
        return int(self.value.split("-")[1].removeprefix("p"))

    @property
    def curve(self) -> str:
        """The curve's name as OpenSSL and NIST have it, e.g. "P-256"; empty for RSA."""
        return "" if self.is_rsa else f"P-{self.bits}"

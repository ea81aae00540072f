"""What a deployment is given, in both of the console's forms, and what is found before it is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.secrets import Secret


@dataclass(frozen=True, slots=True)
class Bundle:
    """The contents of the console's fields, as PEM.

    Attributes:
        certificate: the leaf ("Certificate body" of the older form).
        chain: what stands between leaf and root, in order, without the root ("Certificate chain").
        merged: leaf and chain in one (the newer form, and the APIs).
        private_key: the leaf's, unencrypted.
        client_ca: the CA whose client certificates are let in.
    """

    certificate: bytes
    chain: bytes
    merged: bytes
    private_key: Secret
    client_ca: bytes

"""Shell commands that mend what was found, with the user's own file names. Pure: nothing is run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.tls.observed import Probe
    from services.tls.scene import Scene

ROOT_FILE: Final = "root.pem"
CHAIN_FILE: Final = "certificate-with-chain.pem"


def repair(scene: Scene) -> tuple[str, ...]:
    """Return the call of this program that writes the corrected files."""
    evidence = scene.evidence
    words = ["emqx-mtls", "diagnose"]
    if (probe := evidence.probe) is not None:
        words += [scene.server, *(("--address", probe.target.address) if probe.target.address else ())]
    for option, file in (("--ca", evidence.ca), ("--chain", evidence.chain)):
        if file is not None:
            words += [option, file.path]
    return (shlex.join([*words, "--repair", "repaired"]),)


def replace_ca_file(scene: Scene) -> tuple[str, ...]:
    """Return how to get the right CA file, and to see that it is right; nothing where its owner alone has it."""
    if scene.root() is None:
        return ()
    return (*repair(scene), *_check(scene, f"repaired/{ROOT_FILE}"))


def serve_chain(scene: Scene) -> tuple[str, ...]:
    """Return how to get the chain that belongs on the server."""
    return repair(scene)


def show_root(scene: Scene) -> tuple[str, ...]:
    """Return how to look at the root that the server sends."""
    probe = scene.evidence.probe
    if probe is None:
        return ()
    return (f"{_connect(probe)} -showcerts < /dev/null",)


def unlock_key(path: str) -> tuple[str, ...]:
    """Return how to take the passphrase off a private key."""
    return (f"openssl pkey -in {shlex.quote(path)} -out unlocked.key && chmod 600 unlocked.key",)


def compare_key(certificate: str, key: str) -> tuple[str, ...]:
    """Return how to see whether key and certificate belong together: both lines must be the same."""
    return (
        f"openssl x509 -in {shlex.quote(certificate)} -noout -pubkey | openssl sha256",
        f"openssl pkey -in {shlex.quote(key)} -pubout | openssl sha256",
    )


def show_certificate(path: str) -> tuple[str, ...]:
    """Return how to look at a certificate."""
    return (f"openssl x509 -in {shlex.quote(path)} -noout -subject -issuer -dates -ext extendedKeyUsage",)


def to_pem(path: str) -> tuple[str, ...]:
    """Return how to turn a DER certificate into PEM."""
    return (f"openssl x509 -inform DER -in {shlex.quote(path)} -out {ROOT_FILE}",)


def renew(host: str) -> tuple[str, ...]:
    """Return how to renew and upload the server's certificate."""
    return (f"certbot renew --cert-name {shlex.quote(host)}",) if host else ()


def _check(scene: Scene, ca_file: str) -> tuple[str, ...]:
    probe = scene.evidence.probe
    if probe is None:
        return ()
    return (f"{_connect(probe)} -CAfile {ca_file} -verify_return_error < /dev/null",)


def _connect(probe: Probe) -> str:
    host, port, address = probe.target.host, probe.target.port, probe.target.address
    place = f"[{address}]" if ":" in address else address or host
    return f"openssl s_client -connect {shlex.quote(f'{place}:{port}')} -servername {shlex.quote(host)}"

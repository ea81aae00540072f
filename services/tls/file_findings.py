"""What the files at hand say by themselves: unreadable ones, a key of another certificate, an upload not done. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from services.tls import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.text import Fact
    from services.tls.certificate import Certificate
    from services.tls.evidence import CertificateFile
    from services.tls.findings import Finding
    from services.tls.scene import Scene

_EMQX_WINDOW: Final = timedelta(days=60)  # docs.emqx.com: not within 60 days of either end of its validity
_EMQX_KEYS: Final = frozenset({"RSA 1024", "RSA 2048", "ECDSA P-256", "ECDSA P-384"})


def ca_file_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return why the CA file cannot be read as one; () where it can, or none is named."""
    file = scene.evidence.ca
    if file is None or not file.problem:
        return ()
    if file.der:  # one block of several is damaged: clients stop there, or go on without it
        return (scene.finding("ca-file-unreadable", "damaged", {"path": file.path}).as_("warning"),)
    mend = commands.to_pem(file.path) if file.problem == "der" else commands.replace_ca_file(scene)
    return (scene.finding("ca-file-unreadable", file.problem, {"path": file.path}, mend=mend),)


def upload_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return what is wrong between the server's files at hand, and between them and what is served."""
    return (*_server_key(scene), *_stale(scene), *_unreadable_chain(scene))


def emqx_findings(scene: Scene) -> tuple[Finding, ...]:
    """Return what EMQX Cloud's documents say against uploading the files at hand; warnings."""
    leaf = _leaf_of(scene.evidence.chain)
    if leaf is None or leaf.is_ca:
        return ()
    return tuple(_emqx(scene, leaf))


def _emqx(scene: Scene, leaf: Certificate) -> Iterator[Finding]:
    now = scene.evidence.taken_at
    fresh = now - leaf.not_before < _EMQX_WINDOW
    if leaf.not_before <= now <= leaf.not_after and (fresh or leaf.not_after - now < _EMQX_WINDOW):
        dates: dict[str, Fact] = {
            "not_before": f"{leaf.not_before:%Y-%m-%d}",
            "not_after": f"{leaf.not_after:%Y-%m-%d}",
        }
        yield scene.finding("emqx-validity-window", "", {**dates}).as_("info")
    if leaf.key_type not in _EMQX_KEYS:
        yield scene.finding("emqx-key-type", "", {"key_type": leaf.key_type}).as_("warning")


def _server_key(scene: Scene) -> Iterator[Finding]:
    key = scene.evidence.server_key
    if key is None:
        return
    leaf = _leaf_of(scene.evidence.chain) or (scene.served[0] if scene.served else None)
    if key.facts.problem:
        variant = "locked" if key.facts.problem == "locked" else "key"
        mend = commands.unlock_key(key.path) if variant == "locked" else ()
        yield scene.finding("server-files-unreadable", variant, {"option": key.path, "path": key.path}, mend=mend)
    elif leaf is not None and key.facts.spki_sha256 != leaf.spki_sha256:
        certificate = scene.evidence.chain.path if scene.evidence.chain else scene.server
        mend = commands.compare_key(certificate, key.path) if scene.evidence.chain else ()
        domain = scene.evidence.host or leaf.label
        yield scene.finding(
            "key-mismatch", "", {"key": key.path, "certificate": certificate, "domain": domain}, mend=mend
        )


def _stale(scene: Scene) -> Iterator[Finding]:
    """The server was asked, and serves an older certificate than the file has."""
    leaf = _leaf_of(scene.evidence.chain)
    if scene.evidence.probe is None or leaf is None or not scene.served or scene.leaf.sha256 == leaf.sha256:
        return
    if scene.leaf.not_before < leaf.not_before:
        dates: dict[str, Fact] = {
            "served_from": f"{scene.leaf.not_before:%Y-%m-%d %H:%M}",
            "file_from": f"{leaf.not_before:%Y-%m-%d %H:%M}",
        }
        path = scene.evidence.chain.path if scene.evidence.chain else ""
        prints: dict[str, Fact] = {"served": scene.leaf.sha256[:16], "expected": leaf.sha256[:16]}
        yield scene.finding("emqx-stale-certificate", "", {"path": path, **dates, **prints})


def _unreadable_chain(scene: Scene) -> Iterator[Finding]:
    file = scene.evidence.chain
    if file is not None and file.problem:
        yield scene.finding("server-files-unreadable", "chain", {"option": file.path, "path": file.path})


def _leaf_of(file: CertificateFile | None) -> Certificate | None:
    return file.certificates[0] if file is not None and file.certificates else None

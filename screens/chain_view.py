"""Reads the certificates of a workspace, and says what the chain pane shows of them.

Roles and links are found from the certificates' content (`services.tls`), never from their place in a file. This
module brings cryptography, so it is imported when the first chain is drawn, in a thread.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from screens.chain_model import Link, Node, Part, Tree
from screens.shown import left
from services.acme.live import LiveFolder
from services.text import Message, message
from services.tls import catalog, chain
from services.tls.certificate import Certificate, to_pem
from services.tls.pem import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.guide.step import Here

_PARTS = {
    chain.Role.ROOT: Part.ROOT,
    chain.Role.CROSS_SIGNED: Part.CROSS,
    chain.Role.INTERMEDIATE: Part.INTERMEDIATE,
    chain.Role.LEAF: Part.LEAF,
}


def trees_of(here: Here) -> tuple[Tree, ...]:
    """Return the server's and the client's chain, as far as they have come to be."""
    return tuple(tree for tree in (_server(here), _client(here)) if tree is not None)


# -- the server's side


def _server(here: Here) -> Tree | None:
    result = here.session.record("server_certificate").result
    if not isinstance(result, dict) or "live" not in result:
        return None
    source = LiveFolder(Path(str(result["live"]))).fullchain
    issued = _read(source)
    if not issued:
        return None
    root_file = _read(here.workspace.mqtt / "root.pem")
    found = catalog.root_for(issued, here.world.extra_roots)
    anchors = [each for each in root_file if each.self_signed]
    if not root_file and found is not None:
        anchors = [found.certificate]
    path = chain.build(issued[0], (*issued[1:], *root_file), anchors)[0].certificates
    trusted = readable(here.world.extra_roots)
    known = (*issued, *root_file, *trusted, *([found.certificate] if found else ()))
    served = _served(here)
    notes = {each.sha256: _server_notes(each, here, root_file, served) for each in path}
    nodes = _nodes(path, known, here, notes)
    if not path[-1].self_signed:
        root = found.certificate if found is not None and _issued(found.certificate, path[-1]) else None
        name = root.label if root is not None else _common_name(path[-1].issuer)
        where = "chain.note.missing-from-root-pem" if root_file else "chain.note.missing"
        missing = Node(Part.MISSING, name, wrong=message(where))
        nodes = (missing, replace(nodes[0], link=Link.BROKEN), *nodes[1:])
    return Tree(message("chain.server"), nodes, source)


def _served(here: Here) -> tuple[str, ...] | None:
    """Return the fingerprints of what the deployment was last seen to serve; None before that."""
    result = here.session.record("deployment").result
    return tuple(map(str, result["served"])) if isinstance(result, dict) and result.get("served") else None


def _server_notes(
    certificate: Certificate, here: Here, root_file: Sequence[Certificate], served: tuple[str, ...] | None
) -> list[Message]:
    notes = []
    if certificate.sha256 in {each.sha256 for each in root_file}:
        notes.append(message("chain.note.in-root-pem"))
    elif certificate.self_signed:
        notes.append(message("chain.note.known-root"))
    if served is not None and not certificate.self_signed:
        notes.append(message("chain.note.served" if certificate.sha256 in served else "chain.note.not-served"))
    if catalog.is_staging(certificate) and not here.world.practice:
        notes.append(message("chain.note.staging"))
    return notes


# -- the client's side


def _client(here: Here) -> Tree | None:
    folder = here.workspace.client
    leaf, authority = _read(folder / "client.crt"), _read(folder / "client-ca.crt")
    if not leaf and not authority:
        return None
    if not leaf:
        leaf, authority = authority[:1], ()
    path = chain.build(leaf[0], authority, [each for each in authority if each.self_signed])[0].certificates
    notes: dict[str, list[Message]] = {each.sha256: [] for each in path}
    demanded = _demanded(here)
    if demanded and len(path) > 1:
        key = "client-ca" if path[-1].sha256 == demanded else "other-client-ca"
        notes[path[-1].sha256].append(message(f"chain.note.{key}"))
    if _accepted(here):
        notes[path[0].sha256].append(message("chain.note.accepted"))
    nodes = _nodes(path, (*leaf, *authority), here, notes)
    if authority and len(path) == 1 and not path[0].self_signed:
        pem = to_pem(authority[0]).decode()
        other = Node(Part.ROOT, authority[0].label, pem=pem, wrong=message("chain.note.not-the-issuer"))
        nodes = (other, replace(nodes[0], link=Link.BROKEN))
    return Tree(message("chain.client"), nodes, folder / "client.crt")


def _demanded(here: Here) -> str:
    """Return the fingerprint of the client CA that the deployment was given; "" before that."""
    result = here.session.record("deployment").result
    return str(result.get("client_ca_sha256", "")) if isinstance(result, dict) else ""


def _accepted(here: Here) -> bool:
    """Tell whether the broker took the client certificate that is there now: it was not made anew since."""
    tried, made = here.session.record("connection"), here.session.record("client_certificates")
    if not isinstance(tried.result, dict) or tried.finished is None:
        return False
    anew = isinstance(made.result, dict) and bool(made.result.get("made"))
    return not anew or made.finished is None or made.finished <= tried.finished


# -- what both share


def _nodes(
    path: Sequence[Certificate], known: Sequence[Certificate], here: Here, notes: dict[str, list[Message]]
) -> tuple[Node, ...]:
    """Return the nodes of `path` (leaf first), root first, each hung on the one above it."""
    nodes = []
    for place, certificate in enumerate(path):
        part = _PARTS[catalog.role(certificate, known)]
        link = Link.NONE if place + 1 == len(path) else Link.PROVEN
        first = _first_note(certificate, part, here)
        late = certificate.not_after < here.world.clock()
        nodes.append(
            Node(
                part,
                certificate.label,
                (first, *notes.get(certificate.sha256, ())),
                link,
                to_pem(certificate).decode(),
                message("chain.note.expired", date=f"{certificate.not_after:%Y-%m-%d}") if late else None,
            )
        )
    return tuple(reversed(nodes))


def _first_note(certificate: Certificate, part: Part, here: Here) -> Message:
    """Return role, time left and, for a leaf, the key's type."""
    span = left(certificate.not_after - here.world.clock())
    key = f"chain.note.{'leaf' if part is Part.LEAF else 'authority'}"
    kind = certificate.key_type.removeprefix("ECDSA ")
    return message(key, part=message(f"chain.part.{part.value}"), left=span, key=kind)


def _issued(root: Certificate, top: Certificate) -> bool:
    return chain.issues(root, top) is chain.Link.YES


def _common_name(name: str) -> str:
    return next((part[3:] for part in name.split(",") if part.startswith("CN=")), name)


def _read(path: Path) -> tuple[Certificate, ...]:
    """Return the certificates of a file, what cannot be read left out: the step that made it says what is wrong."""
    try:
        data = path.read_bytes()
    except OSError:
        return ()
    return readable(data)

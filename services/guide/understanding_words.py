"""What the understanding step says of a lineage: files, certificates, links, root; what is not as the guide has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.events import Answer, Check
from services.text import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.acme.lineage import Lineage
    from services.guide.step import Here
    from services.tls.chain import Certificate

_GUIDE_COUNT: Final = 3  # how many certificates the guide found in fullchain.pem, in 2022


def told(lineage: Lineage, here: Here) -> Iterator[Check]:
    """Say what each file holds, what each certificate is, which links are proven, and which root belongs below."""
    for file in lineage.files:
        count = len(file.certificates)
        holds = message(f"understanding.holds.{lineage.holds(file)}", file=file.path.name, count=count)
        yield Check(f"file-{file.path.stem}", _answer(right=lineage.holds(file) != "other"), holds)
    words = "matches" if lineage.key_matches else "other"
    yield Check("file-privkey", _answer(right=lineage.key_matches), message(f"understanding.key.{words}"))
    for position, certificate in enumerate(lineage.certificates):
        yield Check(f"certificate-{position}", Answer.YES, _words(lineage, certificate))
    for position, (below, above, link) in enumerate(lineage.links()):
        words = "proven" if link == "yes" else "broken"
        told = message(f"understanding.link.{words}", below=below.label, above=above.label, fault=str(link))
        yield Check(f"link-{position}", _answer(right=link == "yes"), told)
    yield from _dates(lineage, here)
    yield _root(lineage)
    yield from _since_the_guide(lineage)


def root_source(lineage: Lineage) -> str:
    """Return where the root was found: "world" (one that this world's clients trust besides) or "certifi"."""
    return "world" if lineage.root is not None and lineage.root.source == "extra" else "certifi"


def _words(lineage: Lineage, certificate: Certificate) -> Message:
    return message(
        f"understanding.role.{lineage.role(certificate)}",
        subject=certificate.label,
        issuer=certificate.issuer_label,
        key_type=certificate.key_type,
        not_before=f"{certificate.not_before:%Y-%m-%d}",
        not_after=f"{certificate.not_after:%Y-%m-%d}",
    )


def _dates(lineage: Lineage, here: Here) -> Iterator[Check]:
    now = here.world.clock()
    for certificate in lineage.certificates:
        if not certificate.valid_at(now):
            told = message(
                "understanding.not-valid",
                subject=certificate.label,
                not_before=f"{certificate.not_before:%Y-%m-%d}",
                not_after=f"{certificate.not_after:%Y-%m-%d}",
            )
            yield Check("dates", Answer.NO, told, message("understanding.not-valid.fix"))


def _root(lineage: Lineage) -> Check:
    if lineage.root is not None:
        source = message(f"understanding.source.{root_source(lineage)}")
        subject = lineage.root.certificate.label
        return Check("root", Answer.YES, message("understanding.root.found", subject=subject, source=source))
    words = "staging" if lineage.is_staging else "unknown"
    issuer = lineage.certificates[-1].issuer
    told = message(f"understanding.root.{words}", issuer=issuer)
    return Check("root", Answer.NO, told, message(f"understanding.root.{words}.fix"))


def _since_the_guide(lineage: Lineage) -> Iterator[Check]:
    """Say what is no longer as the guide found it in 2022."""
    full = lineage.fullchain.certificates
    if (count := len(full)) != _GUIDE_COUNT:
        yield Check("guide-count", Answer.YES, message("understanding.guide.count", count=count))
    last = full[-1]  # the guide's own "last certificate", to say what it is
    if not last.self_signed:
        told = message(
            "understanding.guide.last",
            subject=last.label,
            issuer=last.issuer_label,
            role=message(f"understanding.role-name.{lineage.role(last)}"),
        )
        yield Check("guide-last", Answer.YES, told)
    if (count := len(lineage.chain)) > 1:
        yield Check("guide-chain", Answer.YES, message("understanding.guide.chain", count=count))


def _answer(*, right: bool) -> Answer:
    return Answer.YES if right else Answer.NO

"""The report: all that a guided set-up chose, made, found and proved, as Markdown without a secret in it. Pure.

It is made of the session alone: requests, results and commands have no field for a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from services import markdown as md
from services.guide import client_certificates, connection, deployment, server_certificate, subdomain, understanding
from services.guide.connection_words import check
from services.guide.step import SECTIONS
from services.text import message, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from services.guide.step import Command
    from services.session import Session

_READ_NEXT: Final = {
    "python": "https://www.emqx.com/en/blog/how-to-use-mqtt-in-python",
    "mtls": "https://docs.emqx.com/en/cloud/latest/deployments/mtls_best_practices.html",
    "authentication": "https://docs.emqx.com/en/cloud/latest/deployments/auth_overview.html",
    "integration": "https://docs.emqx.com/en/cloud/latest/rule_engine/introduction.html",
    "api": "https://docs.emqx.com/en/cloud/latest/api/api_overview.html",
    "letsencrypt": "https://letsencrypt.org/certificates/",
}


@dataclass(frozen=True, slots=True)
class Renewal:
    """When the certificate is to be renewed, and how.

    Attributes:
        due: aware, UTC.
        ends: when it expires.
        command: for a shell.
    """

    due: datetime
    ends: datetime
    command: str


def render(session: Session, renewal: Renewal | None, commands: Mapping[str, tuple[Command, ...]]) -> str:
    """Return the report.

    Args:
        session: what was done.
        renewal: when and how to renew; None where no certificate was issued here.
        commands: the equivalent commands of each section that has some.
    """
    parts = [f"# {md.plain(text('report.title'))}", md.facts(_summary(session))]
    for section in SECTIONS[:-1]:
        parts += _section(session, section, commands.get(section, ()))
    parts += [*_renewal(renewal), *_next()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(session: Session) -> Iterator[tuple[str, object]]:
    finished = [record.finished for record in session.steps.values() if record.finished]
    yield text("report.made"), _moment(max(finished)) if finished else ""
    yield text("report.world"), text(f"report.world.{session.world}")
    if (proven := session.result(connection.NAME, connection.Result)) is not None:
        yield text("report.address"), f"mqtts://{proven.host}:{proven.port}"
        yield text("report.user"), proven.user


def _section(session: Session, section: str, commands: tuple[Command, ...]) -> Iterator[str]:
    """Yield the parts of one section: what it left, or that it was not done."""
    yield f"## {md.plain(text(f'report.section.{section}'))}"
    record = session.record(section)
    if record.elsewhere:
        yield md.plain(text("report.elsewhere"))
    elif record.result is None:
        yield md.plain(text("report.not-done"))
    else:
        yield from _BODIES.get(section, _nothing)(session)
        if record.finished:
            yield md.plain(text("report.when", time=_moment(record.finished), seconds=f"{record.seconds:.1f}"))
    if record.artifacts:
        heads = (text("report.file"), text("report.path"))
        yield md.table(heads, ((text(f"artifact.{role}"), path) for role, path in record.artifacts))
    if commands:
        yield md.block("\n\n".join(f"# {command.what}\n{command.shell}" for command in commands))


def _client_certificates(session: Session) -> Iterator[str]:
    made = session.result(client_certificates.NAME, client_certificates.Result)
    if made is not None:
        heads = _heads("what", "subject", "ends", "sha256")
        yield md.table(
            heads,
            (
                (text("artifact.client-ca-certificate"), made.ca_subject, _day(made.ca_not_after), made.ca_sha256),
                (text("artifact.client-certificate"), made.subject, _day(made.not_after), made.sha256),
            ),
        )
        yield md.facts([(text("report.key-type"), made.key_type)])


def _subdomain(session: Session) -> Iterator[str]:
    made = session.result(subdomain.NAME, subdomain.Result)
    if made is not None:
        rows = [("domain", made.domain), ("target", made.target), ("zone", f"{made.zone_name} {made.zone_id}".strip())]
        rows += [("outcome", made.outcome), ("addresses", ", ".join(made.addresses))]
        yield _named(rows)


def _server_certificate(session: Session) -> Iterator[str]:
    made = session.result(server_certificate.NAME, server_certificate.Result)
    if made is not None:
        yield _named(
            [
                ("domain", made.domain),
                ("issuer", made.issuer),
                ("key-type", made.key_type),
                ("begins", _day(made.not_before)),
                ("ends", _day(made.not_after)),
                ("sha256", made.sha256),
                ("folder", made.live),
            ]
        )
        if made.staging:
            yield md.plain(text("report.staging"))


def _understanding(session: Session) -> Iterator[str]:
    made = session.result(understanding.NAME, understanding.Result)
    if made is not None:
        rows = (
            (text(f"understanding.role-name.{each.role}"), each.subject, each.issuer, _day(each.not_after), each.sha256)
            for each in made.roles
        )
        yield md.table(_heads("role", "subject", "issuer", "ends", "sha256"), rows)
        yield _named([("root", made.root_subject), ("root-source", made.root_source)])


def _deployment(session: Session) -> Iterator[str]:
    made = session.result(deployment.NAME, deployment.Result)
    if made is not None:
        yield _named(
            [
                ("address", f"{made.domain}:{made.port}"),
                ("tls-type", made.tls_type),
                ("status", made.status),
                ("way", text(f"report.way.{made.target}")),
                ("client-ca", made.client_ca_sha256),
                ("previous", made.previous_sha256),
            ]
        )
        yield md.table(_heads("served"), ((sha256,) for sha256 in made.served))


def _connection(session: Session) -> Iterator[str]:
    made = session.result(connection.NAME, connection.Result)
    if made is not None:
        rows = ((text(f"report.answer.{proof.answer}"), check(proof).what, proof.evidence) for proof in made.proofs)
        yield md.table(_heads("answer", "proof", "evidence"), rows)
        yield _named([("root", made.root), ("root-sha256", made.root_sha256)])
        if made.address:
            yield md.plain(text("report.by-address", host=made.host, address=made.address))


def _nothing(_: Session) -> Iterator[str]:
    yield from ()


_BODIES: Final[Mapping[str, Callable[[Session], Iterator[str]]]] = {
    client_certificates.NAME: _client_certificates,
    subdomain.NAME: _subdomain,
    server_certificate.NAME: _server_certificate,
    understanding.NAME: _understanding,
    deployment.NAME: _deployment,
    connection.NAME: _connection,
}


def _renewal(renewal: Renewal | None) -> Iterator[str]:
    yield f"## {md.plain(text('report.section.renewal'))}"
    if renewal is None:
        yield md.plain(text("report.renewal.none"))
        return
    yield md.plain(text("report.renewal", due=_day(renewal.due), ends=_day(renewal.ends)))
    yield md.block(renewal.command)
    yield md.plain(text("report.renewal.nobody-warns"))


def _next() -> Iterator[str]:
    yield f"## {md.plain(text('report.section.next_steps'))}"
    yield "\n".join(f"- {md.link(message(f'report.next.{name}'), url)}" for name, url in _READ_NEXT.items())


def _heads(*names: str) -> tuple[str, ...]:
    return tuple(text(f"report.{name}") for name in names)


def _named(rows: Iterable[tuple[str, object]]) -> str:
    return md.facts((text(f"report.{name}"), value) for name, value in rows)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

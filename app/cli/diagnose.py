"""`emqx-mtls diagnose`: what is wrong between these clients and that server or those files."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from msgspec import structs

from app.cli import EXIT_FINE, EXIT_UNKNOWN, EXIT_USAGE, EXIT_WRONG, common, common_options, usage_error
from services.errors import ServiceError
from services.files import PRIVATE, read_file, write_file
from services.secrets import Secret
from services.text import text
from services.tls import clients
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, dump, load
from services.tls.gather import Inquiry, gather
from services.tls.observed import DEFAULT_PORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.tls.clients import Kind
    from services.tls.findings import Diagnosis
    from services.tls.repair import Written

_STATUS: Final = {"ok": EXIT_FINE, "failed": EXIT_WRONG, "unknown": EXIT_UNKNOWN}
_SCHEMES: Final = ("mqtts://", "ssl://", "tls://", "wss://", "https://", "mqtt://")
_WIDEST: Final = 120  # columns; longer lines are hard to read
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(name="diagnose", help=text("diagnose.help"), short_help=text("diagnose.short"))
@click.argument("target", required=False, metavar="[HOST[:PORT]]")
@click.option("--ca", type=_FILE, help=text("diagnose.opt.ca"))
@click.option("--cert", "certificate", type=_FILE, help=text("diagnose.opt.cert"))
@click.option("--key", type=_FILE, help=text("diagnose.opt.key"))
@click.option("--chain", type=_FILE, help=text("diagnose.opt.chain"))
@click.option("--server-key", type=_FILE, help=text("diagnose.opt.server-key"))
@click.option("--hostname", default="", metavar="NAME", help=text("diagnose.opt.hostname"))
@click.option("--username", default="", metavar="USER", help=text("diagnose.opt.username"))
@click.option("--password-stdin", is_flag=True, help=text("diagnose.opt.password-stdin"))
@click.option("--at", metavar="TIME", help=text("diagnose.opt.at"))
@click.option("--client", "names", multiple=True, metavar="NAME", help=text("diagnose.opt.client"))
@click.option("--address", default="", metavar="IP", help=text("diagnose.opt.address"))
@click.option("--deployment", default="", metavar="NAME", help=text("diagnose.opt.deployment"))
@click.option("--resolver", metavar="IP[:PORT]", help=text("diagnose.opt.resolver"))
@click.option("--repair", "folder", type=click.Path(path_type=Path, file_okay=False), help=text("diagnose.opt.repair"))
@click.option("--fetch-issuers", is_flag=True, help=text("diagnose.opt.fetch-issuers"))
@click.option("--save-evidence", "save", type=_FILE, help=text("diagnose.opt.save-evidence"))
@click.option("--from-evidence", "saved", type=_FILE, help=text("diagnose.opt.from-evidence"))
@click.option("--targets", type=_FILE, help=text("diagnose.opt.targets"))
@click.option("--timeout", type=click.FloatRange(0.1, 60), help=text("diagnose.opt.timeout"))
@click.option("--tls12-only", is_flag=True, help=text("diagnose.opt.tls12-only"))
@click.option("--json", "as_json", is_flag=True, help=text("cli.json"))
@click.option("-v", "--verbose", is_flag=True, help=text("diagnose.opt.verbose"))
@common_options
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Say what is wrong, who is affected, and hand over the corrected files."""
    color = None if common(context).color else False
    try:
        kinds = clients.kinds(given["names"])
        inquiry = _inquiry(given)
        if given["targets"] is not None:
            sys.exit(_fleet(_targets(given["targets"], inquiry), kinds, as_json=given["as_json"], color=color))
        sys.exit(_one(inquiry, kinds, given, color))
    except KeyError as error:
        known = ", ".join(kind.name for kind in clients.KINDS)
        raise usage_error("no-such-client", name=str(error.args[0]), known=known) from error
    except ServiceError as error:
        click.echo(f"{error} {error.fix}", err=True)
        sys.exit(EXIT_USAGE)


def _one(inquiry: Inquiry, kinds: Sequence[Kind], given: dict[str, Any], color: bool | None) -> int:
    """Diagnose one target; return the exit status."""
    evidence = _evidence(inquiry, given)
    diagnosis = diagnose(evidence, kinds)
    written = None
    if given["folder"] is not None:
        evidence = _with_issuers(evidence, inquiry)
        written = _repair(evidence, diagnosis, kinds, given["folder"], _inputs(inquiry))
    if given["save"] is not None:
        write_file(given["save"], dump(evidence), mode=PRIVATE, replace=True)
    _show(evidence, diagnosis, written, given, color)
    return _STATUS[diagnosis.verdict]


def _show(
    evidence: Evidence, diagnosis: Diagnosis, written: Written | None, given: dict[str, Any], color: bool | None
) -> None:
    if given["as_json"]:
        from app import diagnosis_document as documents  # noqa: PLC0415 - one of two; the start must be quick

        click.echo(documents.to_json(documents.document(evidence, diagnosis, written)), nl=False)
        return
    from app import diagnosis_text  # noqa: PLC0415 - the other

    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else 0
    for line in diagnosis_text.lines(evidence, diagnosis, written, verbose=given["verbose"], width=width):
        click.echo(line, color=color)


def _repair(
    evidence: Evidence, diagnosis: Diagnosis, kinds: Sequence[Kind], folder: Path, inputs: Sequence[Path]
) -> Written:
    from services.tls import repair  # noqa: PLC0415 - on request only

    return repair.write(repair.plan(evidence, diagnosis, kinds), folder, inputs)


def _evidence(inquiry: Inquiry, given: dict[str, Any]) -> Evidence:
    if given["saved"] is not None:
        evidence = load(read_file(given["saved"], limit=20_000_000), str(given["saved"]))
        return structs.replace(evidence, at=inquiry.at or evidence.at, host=inquiry.hostname or evidence.host)
    if not inquiry.host and not any((inquiry.ca, inquiry.chain, inquiry.certificate, inquiry.key, inquiry.server_key)):
        raise usage_error("nothing-to-diagnose")
    evidence = gather(inquiry)
    return _with_issuers(evidence, inquiry) if given["fetch_issuers"] else evidence


def _with_issuers(evidence: Evidence, inquiry: Inquiry) -> Evidence:
    """Fetch what is missing between the chain and its root, where anything is."""
    from services.tls.aia import complete  # noqa: PLC0415 - http is for the few chains that lack something

    return complete(evidence, {inquiry.host, inquiry.address} - {""})


def _fleet(inquiries: Sequence[Inquiry], kinds: Sequence[Kind], *, as_json: bool, color: bool | None) -> int:
    """Diagnose many targets at once; return the worst exit status."""
    from app import diagnosis_document as documents  # noqa: PLC0415 - as above
    from app import diagnosis_text  # noqa: PLC0415 - as above
    from services.tls.fleet import diagnose_all  # noqa: PLC0415 - a pool of threads, for many targets only

    found: dict[int, tuple[Evidence, Diagnosis]] = {}
    width = max((len(f"{each.host}:{each.port}") for each in inquiries), default=0)
    for answer in diagnose_all(inquiries, kinds):
        found[answer.place] = (answer.evidence, answer.diagnosis)
        if as_json:
            click.echo(text("diagnose.progress", done=len(found), total=len(inquiries)), err=True)
        else:
            click.echo(diagnosis_text.row(_name(answer.inquiry), answer.diagnosis, width), color=color)
    if as_json:
        ordered = tuple(documents.document(*found[place]) for place in sorted(found))
        click.echo(documents.to_json({"targets": ordered}), nl=False)
    verdicts = {diagnosis.verdict for _, diagnosis in found.values()}
    return next((_STATUS[each] for each in ("failed", "unknown") if each in verdicts), EXIT_FINE)


def _name(inquiry: Inquiry) -> str:
    return f"{inquiry.host}:{inquiry.port}"


def _inputs(inquiry: Inquiry) -> tuple[Path, ...]:
    named = (inquiry.ca, inquiry.chain, inquiry.certificate, inquiry.key, inquiry.server_key)
    return tuple(path for path in named if path is not None)


def _inquiry(given: dict[str, Any]) -> Inquiry:
    host, port = _host_and_port(given["target"]) if given["target"] else ("", DEFAULT_PORT)
    if given["password_stdin"] and not given["username"]:
        raise usage_error("password-without-user")
    return Inquiry(
        host=host,
        port=port,
        address=given["address"],
        resolver=_host_and_port(given["resolver"], 53) if given["resolver"] else None,
        deployment=given["deployment"],
        hostname=given["hostname"],
        ca=given["ca"],
        certificate=given["certificate"],
        key=given["key"],
        chain=given["chain"],
        server_key=given["server_key"],
        user=given["username"],
        password=_password() if given["password_stdin"] else None,
        at=_time(given["at"]) if given["at"] else None,
        newest="TLSv1.2" if given["tls12_only"] else "",
        seconds=given["timeout"],
    )


def _password() -> Secret:
    return Secret(sys.stdin.readline().removesuffix("\n").removesuffix("\r"))


def _time(given: str) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise usage_error("bad-time", value=given) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _host_and_port(given: str, default: int = DEFAULT_PORT) -> tuple[str, int]:
    """Read HOST, HOST:PORT, [IPv6]:PORT, or an address with a scheme before it."""
    place = given.strip()
    for scheme in _SCHEMES:
        place = place.removeprefix(scheme)
    place = place.partition("/")[0]
    host, port = place, ""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    if not host or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536)):
        raise usage_error("bad-target", value=given)
    return _ascii(host, given), int(port or default)


def _ascii(host: str, given: str) -> str:
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise usage_error("bad-target", value=given) from error


def _targets(file: Path, inquiry: Inquiry) -> tuple[Inquiry, ...]:
    """Read one target a line; what is empty or begins with # is left out."""
    rows = (row.partition("#")[0].strip() for row in read_file(file).decode("utf-8", "replace").splitlines())
    places = [_host_and_port(row) for row in rows if row]
    if not places:
        raise usage_error("nothing-to-diagnose")
    return tuple(replace(inquiry, host=host, port=port) for host, port in places)

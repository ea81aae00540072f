"""One true walk through the practice world, kept as data: what the pictures show is what a run has said.

`python -m tests.looks.recording` walks anew and writes recorded/: the events of each step, as it
fails and as it succeeds, what it would change, the session, the evidence of a diagnosis, and the workspace's public
files. Ports, which differ from run to run, are put to the usual ones. No private key is kept.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import tempfile
from contextlib import aclosing, chdir, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from services import session as sessions
from services import worlds
from services.errors import ServiceError
from services.events import Answer, Artifact, Check, Done, Event, Failed, Lines, Progress, Source
from services.files import read_file
from services.guide.runner import Guide
from services.guide.step import SECTIONS, Change, load
from services.text import LANGUAGES, Message, language, use_language
from services.tls import evidence
from services.tls.gather import Inquiry, gather
from services.workspace import Workspace
from services.world import Acme, Aws, Dns, Emqx, World

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = Path(__file__).parent / "recorded"
WORKSPACE = Path("practice")  # relative, so that no path of any machine is ever shown
_PORTS = {"emqx": 8883, "acme": 14000, "dns": 5353, "aws": 4566, "platform": 8081, "api": 18083}
_KEY = re.compile(r"PRIVATE KEY-----")

# How each step is made to fail: a fault of the world; another request (the connection); something about its files.
FAULTS = {
    "prerequisites": "aws-bad-credentials",
    "subdomain": "cname-wrong",
    "server_certificate": "acme-caa-forbids",
    "deployment": "emqx-rate-limit",
}


# -- to record


async def record() -> None:
    """Walk, and write what was said. The current folder is where it takes place: an empty one."""
    async with worlds.practice(Workspace(WORKSPACE)) as world:
        guide = Guide.open(world, Workspace(WORKSPACE))
        steps = {section: await _step(guide, section) for section in SECTIONS}
        kept = {
            "at": world.clock().replace(microsecond=0).isoformat(),
            "world": _world(world),
            "session": sessions.plain(guide.session),
            "steps": steps,
            "evidence": json.loads(evidence.dump(await asyncio.to_thread(gather, _inquiry(guide)))),
        }
        ports = _ports(world)
    _keep(kept, ports)


def _keep(kept: dict[str, Any], ports: dict[str, str]) -> None:
    """Write what was recorded, and the workspace's files that are no secret."""
    shutil.rmtree(RECORDED, ignore_errors=True)
    RECORDED.mkdir()
    _write(RECORDED / "walk.json", json.dumps(kept, indent=1, ensure_ascii=False) + "\n", ports)
    for name in ("client", "letsencrypt/config/live", "emqx", "mqtt", "report.md"):
        source = WORKSPACE / name
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.suffix in {".pem", ".crt", ".csr", ".md"}:
                words = path.read_text("utf-8")
                target = RECORDED / path.relative_to(WORKSPACE)
                target.parent.mkdir(parents=True, exist_ok=True)
                _write(target, "a private key stood here\n" if _KEY.search(words) else words, ports)


async def _step(guide: Guide, section: str) -> dict[str, Any]:
    """Return what a step would change, and what it says when it fails and when it succeeds."""
    step = load(section)
    request = step.propose(guide.here)
    changes = {}
    for spoken in LANGUAGES:  # what stands there now is said in the language of whoever asks
        use_language(spoken)
        changes[spoken] = [_plain(change) for change in await step.changes(request, guide.here)]
    use_language("en")
    with _in_the_way(guide, section):
        mistaken = replace(request, ca_file="last-of-fullchain") if section == "connection" else request
        failed = await _run(guide, section, mistaken)
    done = await _run(guide, section, request)
    return {"changes": changes, "failed": failed, "done": done}


@contextmanager
def _in_the_way(guide: Guide, section: str) -> Iterator[None]:
    """Let something be wrong outside the step."""
    control, workspace, fault = guide.world.practice, guide.workspace, FAULTS.get(section)
    authority, key = workspace.client / "client-ca.crt", workspace.live(guide.world.domain) / "privkey.pem"
    assert control is not None
    if fault:
        control.inject(fault)
        yield
        control.heal(fault)
    elif section == "client_certificates":
        authority.parent.mkdir(parents=True)
        authority.write_text("not a certificate", "utf-8")
        yield
        authority.unlink()
    elif section == "understanding":
        away = key.rename(key.with_suffix(".away"))
        yield
        away.rename(key)
    elif section == "next_steps":
        workspace.report.mkdir()
        yield
        workspace.report.rmdir()
    else:
        yield


async def _run(guide: Guide, section: str, request: Any) -> list[Any]:
    events = []
    async with aclosing(guide.run(section, request)) as running:
        async for event in running:
            events.append(_plain_event(event))  # noqa: PERF401 - an async generator that must be closed
    return events


def _inquiry(guide: Guide) -> Inquiry:
    """Return the guide's own mistake as a diagnosis finds it: the last certificate of fullchain.pem for a root."""
    world, workspace = guide.world, guide.workspace
    full = read_file(workspace.live(world.domain) / "fullchain.pem").decode()
    last = workspace.mqtt / "last.pem"
    last.write_text("-----BEGIN" + full.rpartition("-----BEGIN")[2], "utf-8")
    return Inquiry(
        host=world.domain,
        port=world.emqx.port,
        resolver=world.dns.nameserver,
        deployment=world.emqx.address,
        ca=last,
        certificate=workspace.client / "client.crt",
        key=workspace.client / "client.key",
        extra_roots=world.extra_roots,
    )


def _world(world: World) -> dict[str, Any]:
    parts = {name: _plain(getattr(world, name)) for name in ("aws", "acme", "dns", "emqx")}
    return {**parts, "domain": world.domain, "extra_roots": world.extra_roots.decode()}


def _ports(world: World) -> dict[str, str]:
    urls = {
        "acme": world.acme.directory_url,
        "aws": world.aws.endpoint_url,
        "platform": world.emqx.platform_url,
        "api": world.emqx.api_url,
    }
    found = {name: re.findall(r":(\d+)/?", url or "")[-1] for name, url in urls.items() if url}
    found |= {"emqx": str(world.emqx.port), "dns": str(world.dns.nameserver[1] if world.dns.nameserver else 0)}
    return {port: str(_PORTS[name]) for name, port in found.items()}


def _write(path: Path, words: str, ports: dict[str, str]) -> None:
    for port, usual in ports.items():
        words = re.sub(rf"(?<![0-9A-Za-z]){port}(?![0-9A-Za-z])", usual, words)
    path.write_text(words.replace(f"{Path.cwd()}/", ""), "utf-8")


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value, enc_hook=str)


def _plain_event(event: Event) -> list[Any]:
    if isinstance(event, Failed):
        error = event.error
        return ["failed", error.id, error.variant, _plain(dict(error.facts)), error.details]
    if isinstance(event, Done):
        return ["done"]
    fields = (getattr(event, name) for name in event.__dataclass_fields__)
    return [type(event).__name__.lower(), *(_plain(field) for field in fields)]


# -- to replay


class Recording:
    """The recorded walk, as the screens want it.

    Attributes:
        at: the time of all that is shown.
        session: the whole walk's.
    """

    def __init__(self) -> None:
        self._kept = json.loads((RECORDED / "walk.json").read_text("utf-8"))
        self.at = datetime.fromisoformat(self._kept["at"])
        self.session = msgspec.convert(self._kept["session"], sessions.Session, dec_hook=sessions.decode_path)

    def world(self, **others: Any) -> World:
        """Return the world it took place in, as far as it is addresses."""
        kept = self._kept["world"]
        kinds = {"aws": Aws, "acme": Acme, "dns": Dns, "emqx": Emqx}
        parts: dict[str, Any] = {
            name: msgspec.convert(kept[name], kind, dec_hook=sessions.decode_path) for name, kind in kinds.items()
        }
        roots = kept["extra_roots"].encode()
        return World("practice", **parts, domain=kept["domain"], extra_roots=roots, clock=lambda: self.at, **others)

    def until(self, section: str, *, done: bool) -> sessions.Session:
        """Return the session as it stood before `section` ran, or after it."""
        known = SECTIONS[: SECTIONS.index(section) + done]
        return replace(self.session, steps={name: self.session.steps[name] for name in known})

    def events(self, section: str, how: str) -> tuple[Event, ...]:
        """Return what `section` said, `how` being "failed" or "done"."""
        events = (_event(kept) for kept in self._kept["steps"][section][how])
        return tuple(replace(event, at=self.at) if isinstance(event, Lines) else event for event in events)

    def changes(self, section: str) -> tuple[Change, ...]:
        """Return what `section` would change outside."""
        return tuple(
            Change(**{name: _message(value) for name, value in kept.items()} | {"notes": _messages(kept.get("notes"))})
            for kept in self._kept["steps"][section]["changes"][language()]
        )

    def evidence(self) -> evidence.Evidence:
        """Return what the diagnosis looked at."""
        return evidence.load(json.dumps(self._kept["evidence"]).encode())

    @staticmethod
    def lay(*names: str) -> None:
        """Put files and folders of the workspace where they lay."""
        for name in names:
            source, target = RECORDED / name, WORKSPACE / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy(source, target)


def _event(kept: list[Any]) -> Event:
    kind, *rest = kept
    if kind == "lines":
        return Lines(Source(rest[0]), tuple(rest[1]), datetime.fromisoformat(rest[2]))
    if kind == "progress":
        return Progress(_message(rest[0]), *rest[1:])
    if kind == "check":
        return Check(rest[0], Answer(rest[1]), _message(rest[2]), _message(rest[3]), rest[4])
    if kind == "artifact":
        return Artifact(rest[0], Path(rest[1]), rest[2])
    if kind == "failed":
        facts = {name: _message(fact) for name, fact in rest[2].items()}
        return Failed(ServiceError(rest[0], variant=rest[1], details=rest[3], **facts))
    return Done(None)


def _message(kept: Any) -> Any:
    """Return a Message where there was one, with those among its facts; anything else as it is."""
    if isinstance(kept, dict) and set(kept) == {"id", "facts"}:
        return Message(kept["id"], {name: _message(fact) for name, fact in kept["facts"].items()})
    return kept


def _messages(kept: Any) -> tuple[Any, ...]:
    return tuple(map(_message, kept or ()))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        asyncio.run(record())

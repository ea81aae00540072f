"""What the guide in plain lines says at its end: how it went, where things are, and the commands that come next.

Each command stands alone on its line, what it is for behind it as a shell's comment: the line can be pasted as it is.
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from services.columns import columns, padded
from services.guide.step import load
from services.secrets import SecretName
from services.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.headless import Printer
    from app.outcome import Outcome
    from services.guide.runner import Guide

_WIDEST: Final = 72  # a longer command has what it is for just behind it


def print_summary(outcome: Outcome, guide: Guide, printer: Printer, again: str) -> None:
    """Print how it went and what to do next; `again` is the command that goes on after a failure."""
    printer.line()
    words = "headless.all-done" if outcome.ok else "headless.stopped"
    done = sum(step.status == "done" for step in outcome.steps)
    printer.line(text(words, seconds=f"{outcome.seconds:.1f}", done=done, total=len(outcome.steps)), bold=True)
    printer.line(text("headless.workspace", path=outcome.workspace))
    printer.line()
    if not outcome.ok:
        printer.line(text("headless.again"))
        printer.line(f"    {again}")
        return
    where = f"--workspace {quote(outcome.workspace)}"
    commands = [
        (f"less {quote(str(guide.workspace.report))}", "report"),
        (f"emqx-mtls status {where}", "status"),
        *([] if guide.world.practice else [(f"emqx-mtls renew --install {where}", "timer")]),
        (f"emqx-mtls {where}", "wizard"),
        (f"emqx-mtls undo {where}", "undo"),
    ]
    printer.line(text("headless.next"))
    print_commands(printer, ((command, text(f"headless.next.{name}")) for command, name in commands))


def print_trials(guide: Guide, printer: Printer) -> None:
    """Print with which commands another program connects to the deployment, as long as it is there."""
    step = load("connection")
    request = guide.session.request("connection", step.Request)
    if request is None or guide.session.record("connection").result is None:
        return
    found: list[tuple[str, Any]] = [(command.shell, command.what) for command in step.commands(request, guide.here)]
    password = guide.world.secrets.get(SecretName.MQTT_PASSWORD)
    if guide.world.practice and password is not None:  # practice's is no secret
        name = SecretName.MQTT_PASSWORD.value
        found.insert(0, (f"export {name}={quote(password.reveal())}", text("headless.try.password")))
    printer.line(text("headless.try"))
    print_commands(printer, ((command, str(what)) for command, what in found))


def print_commands(printer: Printer, commands: Iterable[tuple[str, str]]) -> None:
    """Print `commands`, each with what it is for."""
    rows = list(commands)
    width = max((columns(command) for command, _ in rows if columns(command) <= _WIDEST), default=0)
    for command, what in rows:
        *above, last = command.split("\n")
        for line in above:
            printer.line(f"    {line}")
        printer.line(f"    {padded(last, width)}  # {what}")

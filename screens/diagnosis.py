"""The diagnosis: from a host, files or an error text to the true cause, who is affected, and the corrected files."""

from __future__ import annotations

from asyncio import get_running_loop, to_thread
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from screens import deliver
from screens.base import WizardScreen
from screens.diagnosis_asked import Asked, proposal
from screens.dialogs.entry import Entry
from screens.fields import Field, Kind, Rows, build
from screens.shown import shown
from screens.viewer import ViewerScreen
from screens.widgets.bars import KeyBar, TopBar
from screens.widgets.findings import finding_rows
from screens.widgets.form import Form
from screens.widgets.hanging import Hang, HangingRows
from screens.widgets.words import Words
from services.errors import InputError, ServiceError
from services.secrets import SecretName, SecretStore
from services.text import guide_text, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from screens.diagnosis_work import Examined
    from screens.walk import Walk

ROWS: Final[Rows] = (
    (Field("host"), Field("port")),
    (Field("ca", Kind.PATH), Field("evidence", Kind.PATH)),
    (Field("chain", Kind.PATH), Field("server_key", Kind.PATH)),
    (Field("certificate", Kind.PATH), Field("key", Kind.PATH)),
    (Field("user"), Field("password", Kind.SECRET, secret=SecretName.MQTT_PASSWORD)),
    (Field("error", Kind.LINES),),
)
_TEXTS: Final = ("host", "ca", "evidence", "chain", "server_key", "certificate", "key", "user", "error")
_GROUP: Final = "diagnosis"
_RESULTS: Final = (("findings", "causes"), ("clients", "chain"))  # left and right, where there is room


class DiagnosisScreen(WizardScreen[None]):
    """A form above its answer."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape", "leave", "viewer-close", id="viewer-close"),
    ]

    class ReportAsked(Message):
        """The answer is wanted as a text to send to somebody."""

        def __init__(self, examined: Examined) -> None:
            super().__init__()
            self.examined = examined

    def __init__(self, walk: Walk | None = None) -> None:
        super().__init__()
        self.walk = walk
        self._secrets = walk.guide.world.secrets if walk is not None else SecretStore({})
        self._values = dict.fromkeys(_TEXTS, "") | {"port": "8883"} | proposal(walk)
        self._threads = ThreadPoolExecutor(thread_name_prefix="diagnosis")  # nobody who leaves waits for a dumb server
        self._examined: Examined | None = None
        self._asked: Asked | None = None
        self._written: tuple[tuple[str, Path], ...] = ()  # role and place of each corrected file

    def compose(self) -> ComposeResult:
        """Lay the form above the answer; the answer is empty yet."""
        yield TopBar(self.walk)
        with VerticalScroll(id="diagnosis", can_focus=False):
            yield Words(Content.styled(text("diagnosis.title"), "bold"), classes="part")
            yield Form("diagnosis", ROWS, self._values, self._secrets)
            with Horizontal(classes="step-actions"):
                yield Button(Content(text("diagnosis.run")), id="run", compact=True, variant="primary")
                for name in ("repair", "report", "evidence"):
                    yield Button(Content(text(f"diagnosis.{name}")), id=name, compact=True)
            with Horizontal(id="answer"):
                for side in _RESULTS:
                    with Vertical(classes="answer-side"):
                        for name in side:
                            yield HangingRows(id=f"answer-{name}", classes="part")
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin at the first field."""
        self._show()
        next(iter(self.query_one(Form).inputs())).focus()

    def on_unmount(self) -> None:
        """What still looks ends by its own deadlines, unheard."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def reword(self) -> None:
        """Say everything again, with what was typed and found."""
        self._values = dict(self.query_one(Form).values)
        await self.recompose()
        self._show()

    # -- asking

    def _ask(self, *, typing: bool = False) -> Asked | None:
        form = self.query_one(Form)
        try:
            asked: Asked = build(Asked, {}, form.values)
        except InputError as error:
            form.complain(error, typing=typing)
            return None
        form.complain(None)
        return asked

    @on(Form.Changed)
    def _typed(self, event: Form.Changed) -> None:
        event.stop()
        self._ask(typing=True)

    @on(Form.Submitted)
    def _submitted(self, event: Form.Submitted) -> None:
        event.stop()
        self.action_run_step()

    def action_explain_step(self) -> None:
        """Show what the words of the usual errors mean, and how it is done on the command line."""
        self.app.push_screen(ViewerScreen.of_markdown(text("wizard.title.diagnosis"), guide_text("diagnosis")))

    def action_run_step(self) -> None:
        """Look, and answer."""
        asked = self._ask()
        if asked is not None:
            self._asked = asked
            self._examine(asked)

    @work(group=_GROUP, exclusive=True, exit_on_error=False, description="diagnose")
    async def _examine(self, asked: Asked) -> None:
        from screens.diagnosis_work import examine  # noqa: PLC0415 - brings cryptography

        self._examined, self._written = None, ()
        self._show()
        self._say(shown(text("diagnosis.looking"), "$accent"))
        try:
            look = partial(examine, asked, self.walk, self._secrets.get(SecretName.MQTT_PASSWORD))
            self._examined = await get_running_loop().run_in_executor(self._threads, look)
        except ServiceError as error:
            self._fill({"findings": tuple(finding_rows(error))})
            return
        self._show()

    # -- answering

    def _say(self, words: Content) -> None:
        """Show `words` in the answer's place."""
        self._fill({"findings": (Hang(Content(""), words),)})

    def _fill(self, parts: dict[str, tuple[Hang, ...]]) -> None:
        for name in (name for side in _RESULTS for name in side):
            part = self.query_one(f"#answer-{name}", HangingRows)
            part.display = name in parts
            part.rows = parts.get(name, ())

    def _show(self) -> None:
        """Show the answer, as far as there is one, and the buttons that make sense with it."""
        parts = _answer(self._examined, self._now)
        if self._written:
            parts["findings"] = (*_said(self._written), *parts.get("findings", ()))
        self._fill(parts)
        found = self._examined
        self.query_one("#repair").display = bool(found and found.repair and found.repair.files)
        self.query_one("#report").display = bool(found and found.diagnosis)
        self.query_one("#evidence").display = bool(found and found.evidence)

    @property
    def _now(self) -> datetime:
        return self.walk.guide.world.clock() if self.walk is not None else datetime.now(UTC)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        found = self._examined
        if event.button.id == "run":
            self.action_run_step()
        elif found is None or found.evidence is None:
            return
        elif event.button.id == "report":
            self.post_message(self.ReportAsked(found))
        elif event.button.id == "evidence":
            from services.tls.evidence import dump  # noqa: PLC0415 - it is there already

            deliver.save(self, dump(found.evidence).decode(), Path("evidence.json").absolute())
        else:
            self._repair()

    @work(group="repair", exclusive=True, exit_on_error=False, description="write the corrected files")
    async def _repair(self) -> None:
        """Ask for a folder and write the corrected files there; nothing that was looked at is written over."""
        from services.tls import repair  # noqa: PLC0415 - it is there already

        found, asked = self._examined, self._asked
        folder = self.walk.guide.workspace.mqtt if self.walk is not None else Path.cwd()
        typed = await self.app.push_screen_wait(Entry(text("diagnosis.folder"), str(folder), path=True))
        if not typed or found is None or found.repair is None or asked is None:
            return
        try:
            written = await to_thread(repair.write, found.repair, Path(typed), asked.files)
        except ServiceError as error:
            self.notify(shown(error.what).plain, markup=False, severity="error")
            return
        self._written = written.files
        self._show()

    def action_leave(self) -> None:
        """Stop looking; else go back."""
        if any(worker.group == _GROUP and worker.is_running for worker in self.workers):
            self.workers.cancel_group(self, _GROUP)
            self._say(shown(text("diagnosis.stopped"), "$text-muted"))
        else:
            self.dismiss(None)


def _said(written: tuple[tuple[str, Path], ...]) -> Iterator[Hang]:
    """Yield where the corrected files lie."""
    for role, path in written:
        yield Hang(Content.styled("✓ ", "$success"), shown(text(f"diagnose.file.{role}", path=path), "bold"))
    yield Hang(Content(""), Content(""))


def _answer(examined: Examined | None, now: datetime) -> dict[str, tuple[Hang, ...]]:
    """Return the parts of the answer that there are."""
    if examined is None:
        return {}
    from screens import diagnosis_words as words  # noqa: PLC0415 - only with an answer

    parts: dict[str, tuple[Hang, ...]] = {}
    if examined.diagnosis is not None:
        from services.tls.clients import KINDS  # noqa: PLC0415 - as above

        labels = {kind.name: kind.label for kind in KINDS}
        parts["findings"] = tuple(words.findings(examined.diagnosis))
        parts["chain"] = tuple(words.chain(examined.diagnosis.chain, now))
        after = examined.repair.clients_after if examined.repair is not None and examined.repair.files else ()
        parts["clients"] = tuple(words.clients(examined.diagnosis.clients, after, labels))
    if examined.causes or examined.diagnosis is None:
        parts["causes"] = tuple(words.causes(examined.causes))
    return parts

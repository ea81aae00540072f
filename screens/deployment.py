"""The screen of the section `deployment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.css.query import NoMatches

from screens.fields import Field, Kind
from screens.step_view import StepView
from screens.widgets.console_fields import ConsoleFields
from services.emqx.folder import BundleFolder
from services.guide.console_fields import console_fields
from services.guide.step import State
from services.secrets import SecretName

_PLATFORM = ("target", "platform")
_SELF_MANAGED = ("target", "self-managed")

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screens.fields import Rows


class DeploymentView(StepView):
    """Its form; and by hand, the fields of the console, while they are wanted."""

    SECTION = "deployment"
    ROWS: ClassVar[Rows] = (
        (Field("domain"),),
        (Field("target", Kind.CHOICE, ("platform", "console", "self-managed")),),
        (Field("port"), Field("staging", Kind.SWITCH)),
        (
            Field("platform_key", Kind.SECRET, secret=SecretName.PLATFORM_KEY, when=_PLATFORM),
            Field("platform_secret", Kind.SECRET, secret=SecretName.PLATFORM_SECRET, when=_PLATFORM),
        ),
        (
            Field("listener", when=_SELF_MANAGED),
            Field("login", Kind.CHOICE, ("api-key", "password"), when=_SELF_MANAGED),
        ),
        (
            Field("api_key", Kind.SECRET, secret=SecretName.API_KEY, when=_SELF_MANAGED),
            Field("api_secret", Kind.SECRET, secret=SecretName.API_SECRET, when=_SELF_MANAGED),
        ),
        (Field("live", Kind.PATH),),
        (Field("client_ca", Kind.PATH),),
        (Field("client_certificate", Kind.PATH),),
        (Field("client_key", Kind.PATH),),
    )

    def extras(self) -> ComposeResult:
        """Lay the console's fields above the buttons."""
        yield ConsoleFields(self.walk.guide.workspace.root)

    def show(self) -> None:
        """Show the step, and the console's fields as long as they are to be copied."""
        super().show()
        try:
            panel = self.query_one(ConsoleFields)
        except NoMatches:
            return
        panel.fields = console_fields(BundleFolder(self.walk.guide.workspace.emqx))
        wanted = self._by_hand_now()
        came = wanted and not panel.display
        panel.display = wanted
        if came and self.run_state.running:
            panel.begin()
            panel.focus(scroll_visible=False)

    def _by_hand_now(self) -> bool:
        """Whether a hand is to bring the files to the console: they lie ready, and it is not done yet."""
        if self.form.values.get("target") != "console":
            return False
        if self.run_state.running:
            return "brought" in self.run_state.checks
        made = bool(self.walk.artifacts(self.SECTION))
        return made and self.walk.standings[self.SECTION].state is not State.DONE


VIEW = DeploymentView

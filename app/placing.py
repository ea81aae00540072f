"""What the wizard does about places: asks where a real set-up takes place, begins there, and goes on elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.app import App

from app.opening import Start, WorldKind, new_workspace
from screens.shown import shown
from services.errors import ServiceError
from services.world import utc_now

if TYPE_CHECKING:
    from app.place import Place
    from screens.guide import GuideScreen
    from screens.walk import Walk
    from services.guide.runner import Guide
    from services.workspace import Workspace


class PlacingApp(App[int], inherit_bindings=False):
    """The part of the wizard that knows about places; the wizard itself opens worlds."""

    start: Start
    walk: Walk | None

    @property
    def guide(self) -> GuideScreen | None:
        """The guide's screen, if a walk is open."""
        raise NotImplementedError

    def open_world(self, kind: WorldKind, workspace: Workspace) -> Any:
        """Open the world of `workspace`, and hold it until the walk is left."""
        raise NotImplementedError

    def tell(self, words: str, *, wrong: bool = False) -> None:
        """Say `words` on the first screen."""
        raise NotImplementedError

    def ask_for_place(self, workspace: Workspace) -> None:
        """Show the form of places, filled in with what `workspace` keeps; an unreadable plan is asked for anew."""
        from app import whereabouts  # noqa: PLC0415 - only for a real set-up
        from app.place import Place  # noqa: PLC0415 - as above
        from screens.place import PlaceScreen  # noqa: PLC0415 - as above
        from services import session as sessions  # noqa: PLC0415 - as above

        try:
            known = whereabouts.place_of(workspace)
        except ServiceError:
            known = None
        values: dict[str, Any] | None = sessions.plain(known) if known is not None else None
        self.push_screen(PlaceScreen(Place, values, later=self.walk is not None))

    def action_place(self) -> None:
        """Ask anew where the outside is: another CA after staging, another profile, the Platform API."""
        if self.walk is not None:
            self.ask_for_place(self.walk.guide.workspace)

    @property
    def can_move(self) -> bool:
        """Whether the set-up that is shown can go on elsewhere: a real one, while nothing runs."""
        screen = self.guide
        return screen is not None and screen is self.screen and not screen.busy and screen.walk.is_live

    async def on_place_screen_ready(self, event: Any) -> None:
        """Open the real world at the place that was given, or go on there."""
        event.stop()
        await self.pop_screen()
        if self.walk is None:
            self._begin_at(event.place, new_workspace("live", self.start.workspace))
        else:
            await self._go_on_at(event.place, self.walk)

    def _begin_at(self, where: Place, workspace: Workspace) -> None:
        from app import whereabouts  # noqa: PLC0415 - only for a real set-up

        try:
            whereabouts.keep_place(where, workspace, utc_now())
        except ServiceError as error:
            self.tell(f"{error.what} {error.why} {error.fix}", wrong=True)
        else:
            self.open_world("live", workspace)

    async def _go_on_at(self, where: Place, walk: Walk) -> None:
        try:
            _move(where, walk.guide)
        except ServiceError as error:
            self.notify(shown(f"{error.what} {error.fix}").plain, severity="error", markup=False)
        if self.guide is not None:
            await self.guide.settle()
            await self.guide.reword()

    async def on_guide_screen_elsewhere_wanted(self, event: Any) -> None:
        """A step can go on elsewhere only: with real certificates after staging, or as the form of places says."""
        event.stop()
        if not event.production or self.walk is None:
            self.action_place()
            return
        await self._go_on_at(_in_production(self.walk.guide.workspace), self.walk)
        if self.guide is not None:
            await self.guide.show_section("server_certificate")


def _in_production(workspace: Workspace) -> Place:
    """Return the place of `workspace` with certificates that clients trust, after trying with staging."""
    from app import whereabouts  # noqa: PLC0415 - only for a real set-up
    from app.place import PRODUCTION, Place  # noqa: PLC0415 - as above

    known = whereabouts.place_of(workspace)
    return replace(known or Place(), server=PRODUCTION, directory="")


def _move(where: Place, guide: Guide) -> None:
    """Keep `where`, and have the guide go on there; what was done stays done as far as it is still right."""
    from app import whereabouts  # noqa: PLC0415 - only for a real set-up

    whereabouts.keep_place(where, guide.workspace, guide.world.clock())
    guide.move(replace(guide.world, **whereabouts.live_parts(guide.workspace)))

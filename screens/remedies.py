"""What the program itself can do about a finding.

A remedy is offered where the cure is known and is the program's to give: taking back what was broken on purpose,
replacing a file that stands in the way, choosing another value in the form, going to the step that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from screens.widgets.findings import Remedy
from services.guide.step import SECTIONS
from services.text import text

if TYPE_CHECKING:
    from screens.step_view import StepView
    from services.errors import ServiceError

HEAL: Final = "heal"
AGAIN: Final = "again"
GO: Final = "go-"
SET: Final = "set-"
FILL: Final = "fill-"
PLACE: Final = "place"
PRODUCTION: Final = "production"

_ELSEWHERE: Final = {
    "staging-certificate": PRODUCTION,
    "emqx-no-deployment": PLACE,
    "emqx-api-address": PLACE,
    "emqx-api-insecure": PLACE,
    "aws-no-credentials": PLACE,
}
"""Findings that only another place cures (`app.place`): not of practice, which has its own."""

# Findings that a value of the form cures: id of the finding -> (field, value).
_VALUES: Final[dict[str, tuple[str, str]]] = {
    "ca-file-not-root": ("ca_file", "root"),
    "file-in-the-way": ("replace", "true"),
    "cname-wrong": ("replace", "true"),
    "staging-certificate": ("staging", "true"),
    "emqx-no-credentials": ("target", "console"),
    "emqx-no-deployment": ("target", "console"),
}


# Findings that a secret cures which the form takes: id of the finding -> its fields, of which the first shown is meant.
_SECRETS: Final[dict[str, tuple[str, ...]]] = {
    "emqx-no-credentials": ("platform_key", "api_key"),
    "aws-no-credentials": ("access_key",),
}


def common(view: StepView, error: ServiceError) -> tuple[Remedy, ...]:
    """Return the remedies of `error` in `view`, the best first."""
    found: list[Remedy] = []
    world = view.walk.guide.world
    if world.practice is not None and world.practice.active:
        found.append(Remedy(HEAL, text("wizard.remedy.heal")))
    if field := _shown(view, _SECRETS.get(error.id, ())):
        found.append(Remedy(f"{FILL}{field}", text("wizard.remedy.fill")))
    if view.walk.is_live and (where := _ELSEWHERE.get(error.id)):
        found.append(Remedy(where, text(f"wizard.remedy.{where}")))
    if (cure := _VALUES.get(error.id)) and _cures(cure, view.form.values):
        found.append(Remedy(f"{SET}{error.id}", text(f"wizard.remedy.{error.id}")))
    if error.id == "step-not-ready" and (section := str(error.facts.get("needs", ""))) in SECTIONS:
        found.append(Remedy(f"{GO}{section}", text("wizard.remedy.go", section=text(f"wizard.section.{section}"))))
    found.append(Remedy(AGAIN, text("wizard.remedy.again")))
    return tuple(found)


def apply(view: StepView, remedy: str) -> bool:
    """Do what `remedy` says as far as it is done here; tell whether the step is to be run again."""
    if remedy == HEAL and (control := view.walk.guide.world.practice) is not None:
        for fault in control.active:
            control.heal(fault)
    elif remedy.startswith(SET):
        field, value = _VALUES[remedy.removeprefix(SET)]
        view.form.set_value(field, value)
    elif remedy.startswith(FILL):
        view.form.query_one(f"#field-{remedy.removeprefix(FILL)}").focus()
    return not remedy.startswith((GO, FILL))


def _cures(cure: tuple[str, str], values: dict[str, str]) -> bool:
    """Tell whether the form has the field and another value in it. EMQX of one's own has no console to go to."""
    field, value = cure
    return values.get(field, value) not in {value, "self-managed"}


def _shown(view: StepView, fields: tuple[str, ...]) -> str:
    """Return the first of `fields` that the form shows now; "" for none."""
    return next((field for field in fields if any(each.display for each in view.query(f"#field-{field}"))), "")

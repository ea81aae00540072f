"""The symbols: always beside a word or in a fixed place, never alone, and never told by colour only."""

from __future__ import annotations

from typing import Final, NamedTuple

from services.events import Answer
from services.guide.step import State


class Symbol(NamedTuple):
    """One symbol, its style, and the id of the word that says the same."""

    mark: str
    style: str
    word: str


RUNNING: Final = Symbol("●", "$accent bold", "wizard.state.running")

STATES: Final = {
    State.TO_DO: Symbol("○", "$text-disabled", "wizard.state.to-do"),
    State.READY: Symbol("○", "$foreground", "wizard.state.ready"),
    State.DONE: Symbol("✓", "$success", "wizard.state.done"),
    State.FAILED: Symbol("✗", "$error", "wizard.state.failed"),
    State.ATTENTION: Symbol("!", "$warning", "wizard.state.attention"),
    State.ELSEWHERE: Symbol("–", "$text-muted", "wizard.state.elsewhere"),
}

ANSWERS: Final = {
    Answer.YES: Symbol("✓", "$success", "wizard.answer.yes"),
    Answer.NO: Symbol("✗", "$error", "wizard.answer.no"),
    Answer.UNKNOWN: Symbol("?", "$warning", "wizard.answer.unknown"),
}

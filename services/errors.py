"""What goes wrong, as data: one class, told apart by an id.

`ServiceError` is raised once, where a library or an outside system is called, `from` the library's own exception.
Its id is one of the project's findings (one id for one true cause; an id is never renamed), and its words come from the
catalogue `finding`: `finding.<id>.what`, `.why` and `.fix`.

    ServiceError
    └── InputError      a value that a user gave cannot be used; names the field
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from services.text import Fact, Message, has

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceError(Exception):
    """Something is wrong and has a name.

    Args:
        id: the finding's id, e.g. "aws-access-denied".
        variant: chooses other words for the same cause ("finding.<id>.<variant>.why"); a word without a variant of its
            own falls back to the id's.
        details: what the outside system said, made safe for display; shown below the error, never parsed.
        facts: what the texts name. Never a secret: they are shown and stored.
    """

    def __init__(self, id: str, /, *, variant: str = "", details: str = "", **facts: Fact) -> None:  # noqa: A002
        super().__init__(id)
        self.id = id
        self.variant = variant
        self.details = details
        self.facts: Mapping[str, Fact] = facts

    @property
    def what(self) -> str:
        """What happened, in one line."""
        return str(self.words("what"))

    @property
    def why(self) -> str:
        """Why it happened, with the facts named."""
        return str(self.words("why"))

    @property
    def fix(self) -> str:
        """What to do about it."""
        return str(self.words("fix"))

    def words(self, kind: Literal["what", "why", "fix"]) -> Message:
        """Return the same as a Message, for what is shown later or in another language."""
        special = f"finding.{self.id}.{self.variant}.{kind}"
        return Message(special if self.variant and has(special) else f"finding.{self.id}.{kind}", self.facts)

    def __str__(self) -> str:
        return f"{self.what} {self.why}".strip()


class InputError(ServiceError):
    """A value that a user gave cannot be used.

    Attributes:
        field: the name of the Request's field, so that a form can mark it.
    """

    def __init__(self, field: str, id: str, /, *, variant: str = "", details: str = "", **facts: Fact) -> None:  # noqa: A002
        super().__init__(id, variant=variant, details=details, **facts)
        self.field = field

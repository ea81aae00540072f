"""The knowledge: what each statement of each library means, read from `assets/data/explain/*.rows`.

A file holds rows, separated by empty lines; `#` begins a comment line:

    [verify-2]                              the row's name, unique in all files
    source: OpenSSL 3.6 crypto/x509/x509_txt.c
    text: unable to get issuer certificate  words that make the statement; any one of several lines suffices
    text: error … is not authorized         "…" stands for up to GAP characters of anything
    whole: Not authorized                   like text, where the paste says nothing else
    code: x509 2                            a number in one of the notations of `codes`, or several: x509 2 3 4
    alert: unknown ca                       a TLS alert's name, in all the forms of the row called [alert-forms]
    from-server: server alert: fatal - …    like text, but says by itself that the server judged the client
    from-client: client alert: fatal - …    like text, but says by itself that the client judged the server
    with: the certificate is trusted        only together with one of these words, anywhere
    without: mqtt                           never together with these
    cause: likely ca-file-unrelated         what it admits, the most likely first, as a client's text
    broker: likely client-cert-unknown-ca   what it admits in a broker's log; without it, the same
    over: verify-20 verify-failed           rows that say nothing more beside this one
    weak: yes                               says something only where no other row does

Rows called [client] and [broker] hold marks (`mark: …`): words that tell whose log a text is.

Why not TOML: this is read at each start of `explain`, in 3 ms instead of 50, and holds phrases full of quotes and
backslashes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from assets import FOLDER
from services.explain.paste import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP: Final = 160  # characters that a "…" may stand for


class Likelihood(StrEnum):
    """How strongly a text speaks for a cause."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Side(StrEnum):
    """Who wrote a text."""

    CLIENT = "client"
    BROKER = "broker"


Phrase: TypeAlias = tuple[str, ...]  # its parts between gaps, folded, each with a space at both ends
Code: TypeAlias = tuple[str, str]  # notation and value
Admitted: TypeAlias = tuple[tuple[str, Likelihood], ...]  # finding ids, the most likely first


class BadRowError(ValueError):
    """A line of the data cannot be understood; names the file and the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One statement and what it admits. The fields are those of the module's description."""

    name: str
    source: str
    phrases: tuple[tuple[Phrase, Side | None], ...]
    codes: tuple[Code, ...]
    whole: tuple[Phrase, ...]
    needs: tuple[Phrase, ...]
    never: tuple[Phrase, ...]
    causes: Admitted
    broker: Admitted
    over: tuple[str, ...]
    weak: bool

    def admitted(self, side: Side) -> Admitted:
        """Return what this statement admits where `side` wrote it."""
        return self.broker if side is Side.BROKER and self.broker else self.causes


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All rows, and the words that tell whose log a text is."""

    rows: tuple[Row, ...]
    marks: tuple[tuple[Phrase, Side], ...]


@cache
def knowledge() -> Knowledge:
    """Return the knowledge that ships with the program, read once."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in sorted((FOLDER / "data" / "explain").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".rows"):
            found.update(stanzas(entry.read_text("utf-8"), entry.name))
    forms = found.pop(_FORMS, [])
    marks = [(phrase(mark), side) for side in Side for _, mark in found.pop(side.value, [])]
    return Knowledge(tuple(row(name, pairs, forms) for name, pairs in found.items()), tuple(marks))


def stanzas(content: str, where: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the name and the key-value pairs of each row of `content`.

    Raises:
        BadRowError: a line is neither a name, a pair nor a comment.
    """
    name, pairs = "", list[tuple[str, str]]()
    for number, line in enumerate(content.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            if name:
                yield name, pairs
            name, pairs = line[1:-1], []
            continue
        key, colon, value = line.partition(": ")
        if not colon or not name:
            raise BadRowError(f"{where}:{number}: {line}")
        pairs.append((key, value))
    if name:
        yield name, pairs


_FORMS = "alert-forms"
_KEYS = {
    *("source", "text", "from-server", "from-client", "whole", "code", "alert"),
    *("with", "without", "cause", "broker", "over", "weak"),
}
_TELLING = {"text": None, "from-server": Side.CLIENT, "from-client": Side.BROKER}


def row(name: str, pairs: Sequence[tuple[str, str]], forms: Sequence[tuple[str, str]] = ()) -> Row:
    """Return the row of the given key-value pairs; `forms` are the forms of an alert, with {} for its name.

    Raises:
        BadRowError: an unknown key, or a row that could never match, admits nothing or has no source.
    """
    values: dict[str, list[str]] = {key: [] for key in _KEYS}
    for key, value in pairs:
        if key not in _KEYS:
            raise BadRowError(f"[{name}] {key}")
        values[key].append(value)
    for alert in values["alert"]:
        for key, form in forms:
            values[key].append(form.replace("{}", alert))
    if not (values["source"] and values["cause"]):
        raise BadRowError(f"[{name}] needs a source and a cause")
    made = Row(
        name=name,
        source="; ".join(values["source"]),
        phrases=tuple((phrase(value), side) for key, side in _TELLING.items() for value in values[key]),
        codes=tuple(code for value in values["code"] for code in _codes(value)),
        whole=tuple(map(phrase, values["whole"])),
        needs=tuple(map(phrase, values["with"])),
        never=tuple(map(phrase, values["without"])),
        causes=_admitted(values["cause"]),
        broker=_admitted(values["broker"]),
        over=tuple(other for value in values["over"] for other in value.split()),
        weak=bool(values["weak"]),
    )
    if not (made.phrases or made.codes or made.whole):
        raise BadRowError(f"[{name}] can never match")
    return made


def phrase(text: str) -> Phrase:
    """Return `text` as the parts between its gaps, ready to be sought in a paste's words."""
    parts = tuple(f" {folded} " for part in text.split("…") if (folded := fold(part)))
    if not parts:
        raise BadRowError(f"no words: {text}")
    return parts


def _codes(value: str) -> Iterator[Code]:
    notation, *numbers = value.split()
    for number in numbers:
        yield notation, number


def _admitted(lines: Sequence[str]) -> Admitted:
    pairs = (line.split() for line in lines)
    return tuple((finding, Likelihood(likelihood)) for likelihood, *found in pairs for finding in found)

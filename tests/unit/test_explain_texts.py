"""Real error texts of clients, brokers, AWS and the CA (explain_texts.txt), and what each must be taken for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = Path(__file__).with_name("explain_texts.txt")


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield the group of each text of the file, the finding it must name first ("nothing": none), and the text."""
    group = wanted = ""
    for block in TEXTS.read_text("utf-8").split("\n\n"):
        first, _, rest = block.strip("\n").partition("\n")
        if first.startswith("["):
            group = first[1:-1]
        elif first.startswith("= "):
            wanted = first[2:]
            yield group, wanted, rest


@pytest.mark.parametrize(
    ("wanted", "pasted"),
    [pytest.param(wanted, pasted, id=f"{group}-{pasted[:40]}") for group, wanted, pasted in cases()],
)
def test_the_first_cause_is_the_one_the_text_speaks_of(wanted: str, pasted: str) -> None:
    first = [cause.id for cause in explain(pasted)][:1]
    assert first == ([] if wanted == "nothing" else [wanted])


def test_every_kind_of_client_is_there() -> None:
    groups = [group for group, _, _ in cases()]
    assert len(groups) > 240
    assert min(map(groups.count, set(groups))) >= 8

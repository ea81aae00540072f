"""`emqx-mtls` and `python -m app`: speak the user's language, then do what the command line says."""

from __future__ import annotations

import gc
import gettext
import os
import sys
from itertools import pairwise

from assets import FOLDER
from services import text


def main() -> None:
    """Run the program; never returns."""
    gc.set_threshold(50_000, 20, 20)  # a start makes many objects that all stay: sifting them costs a tenth of it
    _speak(_language(sys.argv[1:]))
    from app.cli import group  # noqa: PLC0415 - its help texts are worded as it is imported

    sys.exit(group(prog_name="emqx-mtls"))


def _speak(language: str) -> None:
    """Word everything in `language`, what click says by itself included: it asks gettext's default domain."""
    text.use_language(language)
    os.environ["LANGUAGE"] = language  # where gettext looks first
    gettext.bindtextdomain("click", FOLDER / "text")
    gettext.textdomain("click")


def _language(arguments: list[str]) -> str:
    """Return the language that `--lang` names, as far as it is one, else the environment's."""
    named = [argument.partition("=")[2] for argument in arguments if argument.startswith("--lang=")]
    named += [value for name, value in pairwise(arguments) if name == "--lang"]
    return next((value for value in named if value in text.LANGUAGES), text.language_of_environment())


if __name__ == "__main__":
    main()

"""`emqx-mtls` and `python -m app`: speak the user's language, then do what the command line says."""

from __future__ import annotations

import gc
import gettext
import os
import signal
import sys
from itertools import pairwise

from app import streams
from assets import FOLDER
from services import text


def main() -> None:
    """Run the program; never returns."""
    try:
        sys.exit(_run())
    except KeyboardInterrupt:  # while modules are still being imported; later each command knows what to end
        sys.exit(128 + signal.SIGINT)


def _run() -> int:
    """Do what the command line says; return the exit status."""
    streams.prepare()
    gc.set_threshold(50_000, 20, 20)  # a start makes many objects that all stay: sifting them costs a tenth of it
    _speak(_language(sys.argv[1:]))
    from app.cli import group  # noqa: PLC0415 - its help texts are worded as it is imported

    try:
        status: int = group(prog_name="emqx-mtls")
    except Exception as error:  # noqa: BLE001 - a user must never meet a traceback
        from app.last_resort import ended_by  # noqa: PLC0415 - never needed when all goes well

        return ended_by(error)
    return status


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

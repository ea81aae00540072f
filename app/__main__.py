"""`emqx-mtls` and `python -m app`: speak the user's language, then do what the command line says."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program; never returns."""
    from app.cli import group  # noqa: PLC0415 - so that `import app.__main__` costs nothing
    from services import text  # noqa: PLC0415

    text.use_language(text.language_of_environment())
    sys.exit(group(prog_name="emqx-mtls"))


if __name__ == "__main__":
    main()

"""`emqx-mtls guide`: what every section is for, as a text: the tutorial as it holds today."""

from __future__ import annotations

import sys
from typing import Final

import click

from app.cli import common_options
from services.guide.step import SECTIONS
from services.text import guide_text, text

PAGES: Final = (*SECTIONS, "diagnosis", "renewal", "devices")


@click.command(name="guide", help=text("guide.cli.help", pages=", ".join(PAGES)), short_help=text("guide.cli.short"))
@click.argument("pages", nargs=-1, type=click.Choice(PAGES), metavar="[PAGE]…")
@common_options
def command(*, pages: tuple[str, ...]) -> None:
    """Print the pages asked for, or all of them, as Markdown; page by page in a terminal."""
    whole = "\n\n".join(map(_page, pages or PAGES)) + "\n"
    if sys.stdout.isatty() and not pages:
        click.echo_via_pager(whole)
    else:
        click.echo(whole, nl=False)


def _page(name: str) -> str:
    """Return a page with its heading."""
    words = guide_text(name).strip()
    if words.startswith("# "):
        return words
    title = text(f"wizard.title.{name}")
    return f"# {title}\n\n{words}"

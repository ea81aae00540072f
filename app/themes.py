"""The wizard's own two themes; Textual's ansi themes, which use the terminal's own colours, are offered beside them."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="mtls-dark",
    primary="#3fb68b",
    secondary="#7aa2c8",
    accent="#4cc79a",
    success="#4cc79a",
    warning="#e0b050",
    error="#f07178",
    foreground="#d5dbe1",
    background="#12161b",
    surface="#12161b",
    panel="#1b2128",
    dark=True,
    variables={
        "field": "#1a2028",
        "border": "#2b343e",
        "border-blurred": "#2b343e",
        "text-muted": "#8c97a3",
        "text-disabled": "#5d6873",
        "input-selection-background": "#3fb68b 35%",
    },
)

LIGHT: Final = Theme(
    name="mtls-light",
    primary="#0b7a55",
    secondary="#35618a",
    accent="#0b7a55",
    success="#0b7a55",
    warning="#8a5a00",
    error="#b3261e",
    foreground="#20262c",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#efefea",
    dark=False,
    variables={
        "field": "#f1f2ed",
        "border": "#cfd3cc",
        "border-blurred": "#cfd3cc",
        "text-muted": "#656d74",
        "text-disabled": "#9aa1a6",
        "input-selection-background": "#0b7a55 25%",
    },
)

OWN: Final = (DARK, LIGHT)
OFFERED: Final = ("mtls-dark", "mtls-light", "ansi-dark", "ansi-light")

"""How certbot and its Route 53 plugin are installed: the guide's ways, and pip's. Pure.

The program brings both along; these are for whoever does it by hand, on this machine or another.
"""

from __future__ import annotations

from typing import Final

_MACOS: Final = """\
brew install certbot
$(brew --prefix certbot)/libexec/bin/pip install certbot-dns-route53"""

_UBUNTU: Final = """\
sudo snap install core; sudo snap refresh core
sudo snap install --classic certbot
sudo ln -sf /snap/bin/certbot /usr/bin/certbot
sudo snap set certbot trust-plugin-with-root=ok
sudo snap install certbot-dns-route53"""

_PIP: Final = """\
python3 -m venv ~/.local/share/certbot
~/.local/share/certbot/bin/pip install certbot certbot-dns-route53
export PATH="$HOME/.local/share/certbot/bin:$PATH\""""


def commands() -> dict[str, str]:
    """Return the shell commands by system: "macos" and "ubuntu" (the guide's own), "pip" (everywhere).

    In every one of them certbot and the plugin come into the same environment; the plugin is not found otherwise.
    """
    return {"macos": _MACOS, "ubuntu": _UBUNTU, "pip": _PIP}

"""Real TLS clients, to see what they say: the openssl command, Python, Node, curl, mosquitto_pub, gnutls-cli."""

from __future__ import annotations

import socket
import ssl
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = {
    "openssl": "openssl",
    "python": "",
    "node": "node",
    "curl": "curl",
    "mosquitto": "mosquitto_pub",
    "gnutls": "gnutls-cli",
}
_NODE = """
const tls = require('tls'), fs = require('fs');
const [port, ca] = process.argv.slice(1);
const socket = tls.connect({host: '127.0.0.1', port, servername: 'localhost', ca: fs.readFileSync(ca)});
socket.on('secureConnect', () => { socket.destroy(); process.exit(0); });
socket.on('error', (error) => { console.log(error.code, error.message); process.exit(1); });
"""


def accepts(client: str, port: int, ca: Path) -> bool:
    """Tell whether `client` takes the server at `port`, called localhost, with the CA file `ca`."""
    return ask(client, port, ca) == ""


def ask(client: str, port: int, ca: Path) -> str:
    """Return what `client` says; "" where it takes the server."""
    if client == "python":
        return _python(port, ca)
    commands = {
        "openssl": (
            *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost"),
            *("-verify_hostname", "localhost", "-CAfile", str(ca), "-verify_return_error"),
        ),
        "node": ("node", "-e", _NODE, str(port), str(ca)),
        "curl": (
            "curl",
            "-sS",
            "--resolve",
            f"localhost:{port}:127.0.0.1",
            "--cacert",
            str(ca),
            f"https://localhost:{port}/",
        ),
        "mosquitto": ("mosquitto_pub", "-h", "localhost", "-p", str(port), "--cafile", str(ca), "-t", "t", "-m", "m"),
        "gnutls": (
            *("gnutls-cli", "--x509cafile", str(ca), "-p", str(port), "--sni-hostname", "localhost"),
            *("--verify-hostname", "localhost", "127.0.0.1"),
        ),
    }
    child = subprocess.run(
        commands[client], input="", capture_output=True, text=True, timeout=30, check=False, errors="replace"
    )
    return "" if child.returncode == 0 else child.stdout + child.stderr


def _python(port: int, ca: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(ca)
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return ""
    except (OSError, ValueError) as error:
        return str(error)

"""Print how quick a diagnosis is: `python tests/bench/diagnose_speed.py`. No test of the suite."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from msgspec import structs

from services.tls.clients import KINDS, judge, judge_all, kinds
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, certificate_file
from services.tls.gather import Inquiry, gather
from services.tls.handshake import ALERT_SECONDS
from services.tls.scene import lay_out
from tests import chains as make
from tests.tls_servers import tls_server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime


def say(text: str) -> None:
    """Print one line."""
    print(text)


def best(of: int, run: Callable[[], object]) -> float:
    """Return the shortest of `of` runs, in seconds."""
    times = []
    for _ in range(of):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def files_alone(folder: Path) -> None:
    """Compare the whole program on two files with importing the two libraries that it needs."""
    le = make.lets_encrypt_like()
    chain = make.write(folder, "fullchain.pem", make.leaf(le.ye1), *le.intermediates())
    ca = make.write(folder, "root.pem", le.x2_by_x1)
    for name in ("app", "services"):  # as an installed package is
        compileall.compile_dir(str(ROOT / name), quiet=2)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    def child(*words: str) -> Callable[[], object]:
        command = [sys.executable, *words]
        return lambda: subprocess.run(command, env=environment, capture_output=True, check=False)

    imports = whole = float("inf")
    for _ in range(10):  # in turn, so that a busy moment meets both
        imports = min(imports, best(1, child("-c", "import cryptography.x509, OpenSSL")))
        whole = min(whole, best(1, child("-m", "app", "diagnose", "--chain", str(chain), "--ca", str(ca), "--json")))
    ratio = whole / imports
    say(f"files: {whole:.3f} s; import cryptography.x509, OpenSSL: {imports:.3f} s; {ratio:.2f} times (aim < 2)")


def live(folder: Path) -> None:
    """Compare a diagnosis on loopback with one handshake and the wait for a refusal."""
    le = make.lets_encrypt_like()
    leaf, client_ca = make.leaf(le.ye1), make.sign("Client CA")
    client = make.client(client_ca)
    inquiry_files = {
        "ca": make.write(folder, "ca.pem", le.x1),
        "certificate": make.write(folder, "client.crt", client),
        "key": make.write(folder, "client.key", client.key_pem),
    }
    with tls_server(make.bundle(leaf, *le.intermediates()), leaf.key_pem, client_ca=client_ca.pem) as port:
        ca, certificate, key = inquiry_files["ca"], inquiry_files["certificate"], inquiry_files["key"]
        inquiry = Inquiry(make.HOST, port, ca=ca, certificate=certificate, key=key)
        took = best(3, lambda: diagnose(gather(inquiry)))
    say(f"live, mutual TLS: {took:.3f} s, of which {ALERT_SECONDS} s wait for a refusal (aim: less than 1 s more)")


def in_process() -> None:
    """Print how many chains a second are judged by OpenSSL, by all clients, and diagnosed in full; each at a new time.

    The chain of four has P-384 keys, which OpenSSL itself takes long over; the other is what Let's Encrypt's RSA was.
    """
    le = make.lets_encrypt_like()
    root = make.sign("Example Root", kind="RSA 2048")
    intermediate = make.sign("Example Issuing CA", root, kind="RSA 2048")
    rsa = make.leaf(intermediate, kind="RSA 2048", key_name="a leaf's")
    rates("four, ECDSA P-384", make.bundle(make.leaf(le.ye1), *le.intermediates()), le.x1.pem)
    rates("two, RSA 2048", make.bundle(rsa, intermediate), root.pem)


def rates(label: str, served: bytes, trusted: bytes) -> None:
    """Print the figures for one chain."""
    evidence = Evidence(
        make.NOW, host=make.HOST, chain=certificate_file("c", served), ca=certificate_file("ca", trusted)
    )
    situation = lay_out(evidence).situation()
    openssl = kinds(["openssl"])[0]
    rounds: Sequence[tuple[str, Callable[[datetime], object]]] = (
        ("judged by OpenSSL", lambda at: judge(openssl, replace(situation, at=at))),
        ("judged by all 11 clients", lambda at: judge_all(KINDS, replace(situation, at=at))),
        ("diagnosed in full", lambda at: diagnose(structs.replace(evidence, at=at))),
    )
    count = 0
    for what, run in rounds:
        start, before = time.process_time(), count
        while time.process_time() - start < 1.0:
            count += 1
            run(make.NOW + timedelta(seconds=count))  # a new time, so that nothing is answered from memory
        say(f"chain of {label}: {(count - before) / (time.process_time() - start):,.0f} a second {what}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        files_alone(Path(scratch))
        live(Path(scratch))
        in_process()

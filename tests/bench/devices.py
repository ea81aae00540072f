"""How much faster device certificates are than the guide's openssl commands in a shell loop, and how it grows.

    python tests/bench/devices.py [--count 10000] [--loop 30] [--growth 1000,10000,100000] [--folder DIR]

Everything is measured in one run on the same disk: openssl's loop before and after ours, so that a machine that grows
busier in between shows. The loop is the guide's own three commands for each client (RSA 2048), and the same with a
P-256 key; both sign with the guide's CA (RSA 2048), as ours does, and ours once more with a P-256 CA.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from services.pki import store
from services.pki.authority import make_ca
from services.pki.keys import generate_key
from services.pki.kinds import KeyType
from services.pki.names import distinguished_name

LOOP = """
i=0
while [ $i -lt {count} ]; do
  i=$((i + 1))
  {new_key} -out d$i.key
  openssl req -new -key d$i.key -out d$i.csr -subj "/CN=d$i"
  openssl x509 -req -days 365 -sha256 -in d$i.csr -CA {ca}.crt -CAkey {ca}.key -CAcreateserial -out d$i.crt
done
"""
NEW_KEY = {
    KeyType.RSA_2048: "openssl genrsa",
    KeyType.ECDSA_P256: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
}


@dataclass(frozen=True)
class Measured:
    """Seconds for each certificate; MiB that the largest process took."""

    seconds: float
    memory: float


def new_ca(folder: Path, kind: KeyType) -> Path:
    """Make a CA of `kind`; return its files' path without the ending."""
    authority = make_ca(distinguished_name("Test CA"), generate_key(kind), days=3650, now=datetime.now(UTC))
    base = folder / f"ca-{kind}"
    store.write(Path(f"{base}.crt"), authority.certificate)
    store.write(Path(f"{base}.key"), authority.key)
    return base


def openssl_loop(folder: Path, ca: Path, kind: KeyType, count: int) -> float:
    """Return the seconds that openssl's loop takes for each certificate."""
    where = Path(tempfile.mkdtemp(dir=folder))
    script = LOOP.format(count=count, new_key=NEW_KEY[kind], ca=ca)
    begun = time.perf_counter()
    subprocess.run(["sh", "-e", "-c", script], cwd=where, check=True, capture_output=True)
    taken = time.perf_counter() - begun
    shutil.rmtree(where)
    return taken / count


def ours(folder: Path, ca: Path, kind: KeyType, count: int) -> Measured:
    """Return what `devices issue` takes for each certificate, from the shell to the shell."""
    out = Path(tempfile.mkdtemp(dir=folder))
    command = [sys.executable, "-m", "app", "devices", "issue", "--count", str(count), "--prefix", "d-", "--json"]
    command += ["--key-type", kind, "--ca", f"{ca}.crt", "--ca-key", f"{ca}.key", "--out", str(out)]
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)  # the largest of the program and its workers
    taken = time.perf_counter() - begun
    if status or json.loads(said)["made"] != count:
        raise SystemExit("not all were made")
    shutil.rmtree(out)
    memory = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return Measured(taken / count, memory)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--loop", type=int, default=30)
    parser.add_argument("--growth", default="1000,10000,100000")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        compare(folder, options.count, options.loop)
        grow(folder, [int(count) for count in options.growth.split(",") if count])
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, count: int, loop: int) -> None:
    """Print our time for `count` P-256 certificates against openssl's for `loop` of each kind."""
    rsa_ca, ec_ca = new_ca(folder, KeyType.RSA_2048), new_ca(folder, KeyType.ECDSA_P256)
    before = {kind: openssl_loop(folder, rsa_ca, kind, loop) for kind in NEW_KEY}
    mine = {ca: ours(folder, ca, KeyType.ECDSA_P256, count) for ca in (rsa_ca, ec_ca)}
    mine_rsa = ours(folder, rsa_ca, KeyType.RSA_2048, 10 * loop)
    after = {kind: openssl_loop(folder, rsa_ca, kind, loop) for kind in NEW_KEY}
    theirs = {kind: min(before[kind], after[kind]) for kind in NEW_KEY}  # the better one counts
    print(f"{os.cpu_count()} cores; openssl's loop before and after, milliseconds a certificate:")
    for kind in NEW_KEY:
        print(f"  {kind:12} {before[kind] * 1e3:8.1f} {after[kind] * 1e3:8.1f}")
    for ca, one in mine.items():
        print(f"{count:,} P-256 certificates by {ca.name}: {one.seconds * 1e3:.3f} ms each, {one.memory:.0f} MiB;")
        for kind in NEW_KEY:
            print(f"  {theirs[kind] / one.seconds:8.0f} times openssl's loop with {kind} keys")
    times = theirs[KeyType.RSA_2048] / mine_rsa.seconds
    print(f"{10 * loop} RSA 2048 certificates: {mine_rsa.seconds * 1e3:.1f} ms each, {times:.0f} times openssl's loop")


def grow(folder: Path, counts: list[int]) -> None:
    """Print the time and the memory for each certificate as there are more of them."""
    ca = new_ca(folder / "growth", KeyType.ECDSA_P256)
    for count in counts:
        one = ours(folder, ca, KeyType.ECDSA_P256, count)
        print(f"{count:>9,} certificates: {one.seconds * 1e3:.3f} ms each, {one.memory:.0f} MiB")


if __name__ == "__main__":
    main()

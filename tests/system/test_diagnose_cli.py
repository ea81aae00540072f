"""`emqx-mtls diagnose` as a user runs it, against real servers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from app.cli import group
from services.tls.probe import Target, probe
from tests import chains as make
from tests.tls_servers import closed_port, listener, plain_server, tls_server

if TYPE_CHECKING:
    import socket

    from click.testing import Result

ROOT = Path(__file__).parents[2]
MQTT5_OK, MQTT5_BAD_LOGIN = b"\x20\x03\x00\x00\x00", b"\x20\x03\x00\x86\x00"


def run(*words: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(group, ["diagnose", *map(str, words)], input=stdin, catch_exceptions=False)


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def good_chain() -> tuple[bytes, bytes]:
    le = make.lets_encrypt_like()
    leaf = make.leaf(le.ye1)
    return make.bundle(leaf, *le.intermediates()), leaf.key_pem


def test_the_guides_own_mistake_in_words(tmp_path: Path) -> None:
    le = make.lets_encrypt_like()
    last = make.write(tmp_path, "root.pem", le.x2_by_x1)
    chain, key = good_chain()
    with tls_server(chain, key) as port:
        result = run(f"localhost:{port}", "--ca", last)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"localhost:{port}  failed"
    assert "[ca-file-not-root]" in lines[2]
    assert "Affected: openssl, python, node, mosquitto" in lines
    assert len(lines) < 12
    assert "--repair" not in result.stdout  # no command mends it: the root is nowhere to be had
    verbose = run("--chain", make.write(tmp_path, "c.pem", chain), "--ca", last, "-v").stdout
    assert "unable to get issuer certificate (depth 3)" in verbose
    assert "ISRG Root X2 (imitation)" in verbose


def test_the_commands_go_where_the_user_went() -> None:
    chain, key = good_chain()
    leaf = chain[: chain.index(b"-----END CERTIFICATE-----\n") + 26]
    with tls_server(leaf, key) as port:
        result = run(f"mqtt.example.test:{port}", "--address", "127.0.0.1")
    assert f"emqx-mtls diagnose mqtt.example.test:{port} --address 127.0.0.1 --repair repaired" in result.stdout


def test_the_document_has_its_fixed_shape(tmp_path: Path) -> None:
    le = make.lets_encrypt_like()
    ca = make.write(tmp_path, "bundle.pem", le.x2_by_x1)
    whole = make.write(tmp_path, "all.pem", make.leaf(le.ye1), *le.intermediates(), le.x1)
    result = run("--chain", whole, "--ca", ca, "--hostname", make.HOST, "--repair", tmp_path / "out", "--json")
    found = document(result)
    assert result.exit_code == 1
    assert set(found) == {"verdict", "target", "findings", "clients", "chain", "repair"}
    assert found["verdict"] == "failed"
    root_cause = found["findings"][0]
    assert set(root_cause) == {"id", "severity", "what", "why", "fix", "evidence"}
    assert set(root_cause["fix"]) == {"summary", "commands"}
    assert (root_cause["id"], root_cause["severity"]) == ("ca-file-not-root", "error")
    openssl = found["clients"][0]
    assert openssl == {
        "name": "openssl",
        "verdict": "failed",
        "code": 2,
        "text": "verify error:num=2:unable to get issuer certificate",
        "depth": 3,
        "how": "run",
    }
    assert {"subject", "issuer", "role", "not_before", "not_after", "sha256", "source"} <= set(found["chain"][0])
    assert [entry["role"] for entry in found["chain"]] == [
        "leaf",
        "intermediate",
        "cross-signed",
        "cross-signed",
        "root",
    ]
    files = {file["role"]: file["path"] for file in found["repair"]["files"]}
    assert (tmp_path / "out" / "root.pem").read_bytes() == le.x1.pem
    assert files["ca-file"] == str(tmp_path / "out" / "root.pem")
    assert {client["verdict"] for client in found["repair"]["clients_after"]} == {"ok"}


def test_evidence_goes_to_a_colleague_who_sees_the_same(tmp_path: Path) -> None:
    ca = make.write(tmp_path, "ca.pem", make.lets_encrypt_like().x2_by_x1)
    chain, key = good_chain()
    saved = tmp_path / "evidence.json"
    with tls_server(chain, key) as port:
        here = document(run(f"localhost:{port}", "--ca", ca, "--save-evidence", saved, "--json"))
    there = document(run("--from-evidence", saved, "--json"))
    assert there == here
    assert b"PRIVATE KEY" not in saved.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to look at"),
        (("host:99999",), "no HOST[:PORT]"),
        (("--chain", "/nowhere/x.pem"), "does not exist"),
        (("host", "--client", "netscape"), "netscape"),
        (("host", "--at", "tomorrow"), "no time"),
        (("host", "--password-stdin"), "--username"),
        (("--from-evidence", "/dev/null"), "cannot be read"),
    ],
)
def test_a_wrong_use_is_told(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_files_alone_need_no_library_of_the_network() -> None:
    loaded = (
        "import app.cli.diagnose, sys; print(*sorted({'OpenSSL', 'dns', 'httpx', 'paho', 'textual'} & {*sys.modules}))"
    )
    child = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == ""


def test_only_the_clients_asked_for_are_judged(tmp_path: Path) -> None:
    chain, _ = good_chain()
    files = ("--chain", make.write(tmp_path, "c.pem", chain), "--ca", make.write(tmp_path, "ca.pem", make.sign("X")))
    found = document(run(*files, "--client", "mqttx", "--client", "go", "--json"))
    assert [client["name"] for client in found["clients"]] == ["node", "go"]


def test_the_password_comes_from_standard_input_and_is_shown_nowhere(tmp_path: Path) -> None:
    ca = make.write(tmp_path, "ca.pem", make.lets_encrypt_like().x1)
    chain, key = good_chain()
    saved = tmp_path / "evidence.json"
    words = ("--ca", ca, "--username", "device-1", "--password-stdin", "--save-evidence", saved, "-v")
    with tls_server(chain, key, connack=MQTT5_BAD_LOGIN) as port:
        result = run(f"localhost:{port}", *words, stdin="a secret password\n")
    assert result.exit_code == 1
    assert "[mqtt-credentials]" in result.stdout
    assert "a secret password" not in result.output + saved.read_text()
    with tls_server(chain, key, connack=MQTT5_OK) as port:
        assert run(f"localhost:{port}", *words, stdin="a secret password\n").exit_code == 0


def test_a_web_server_behind_tls_is_no_broker(tmp_path: Path) -> None:
    ca = make.write(tmp_path, "ca.pem", make.lets_encrypt_like().x1)
    chain, key = good_chain()
    with tls_server(chain, key, connack=b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        found = document(run(f"localhost:{port}", "--ca", ca, "--username", "u", "--json"))
    assert found["findings"][0]["id"] == "websocket-mismatch"


def test_a_plain_web_port_is_told_from_a_plain_mqtt_port() -> None:
    with plain_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        result = run(f"localhost:{port}")
    assert result.exit_code == 1
    assert "HTTP" in result.stdout


@pytest.mark.needs("openssl")
def test_the_client_cas_that_a_server_lists_are_kept(tmp_path: Path) -> None:
    """Python's own server lists none; openssl's does, as EMQX does."""
    client_ca = make.sign("Client CA", organization="Example")
    chain, key = good_chain()
    port = closed_port()
    files = [
        ("-cert", make.write(tmp_path, "c.pem", chain)),
        ("-cert_chain", make.write(tmp_path, "chain.pem", chain[chain.index(b"-----END") + 27 :])),
        ("-key", make.write(tmp_path, "k.pem", key)),
        ("-CAfile", make.write(tmp_path, "ca.pem", client_ca)),
    ]
    words = [word for pair in files for word in map(str, pair)]
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-Verify", "2", "-verify_return_error", "-quiet"]
    with subprocess.Popen([*command, *words], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            seen = probe(Target("localhost", port, "127.0.0.1"))
            for _ in range(100):
                if seen.tcp == "ok":
                    break
                time.sleep(0.05)
                seen = probe(Target("localhost", port, "127.0.0.1"))
        finally:
            server.kill()
    assert seen.client_ca_names == ("CN=Client CA,O=Example,C=US",)
    assert seen.handshakes[0].client_ca_keys == (client_ca.record.subject_key,)


def test_a_missing_intermediate_is_fetched_where_the_user_named_the_host(tmp_path: Path) -> None:
    root = make.sign("Example Root")
    intermediate = make.sign("Example Issuing CA", root)

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + intermediate.record.der)

    with listener(serve) as http:
        leaf = make.leaf(intermediate, aia=f"http://127.0.0.1:{http}/issuer.der")
        ca = make.write(tmp_path, "root.pem", root)
        with tls_server(leaf.pem, leaf.key_pem) as port:
            words = (f"localhost:{port}", "--ca", ca, "--repair", tmp_path / "out", "--json")
            private = document(run(*words))
            named = document(run(*words, "--address", "127.0.0.1"))
    assert private["repair"]["files"] == []
    assert "Example Issuing CA" in private["repair"]["needs"][0]
    assert named["findings"][0]["id"] == "server-leaf-only"
    assert (tmp_path / "out" / "certificate-with-chain.pem").read_bytes() == make.bundle(leaf, intermediate)
    assert {client["verdict"] for client in named["repair"]["clients_after"]} == {"ok"}


def test_many_targets_are_looked_at_at_once(tmp_path: Path) -> None:
    """A server that never answers costs its deadline; a hundred of them, hardly more than one."""
    deadline = 1.0

    def never(connection: socket.socket) -> None:
        connection.settimeout(20)
        while connection.recv(4096):
            pass

    ca = make.write(tmp_path, "ca.pem", make.lets_encrypt_like().x1)
    chain, key = good_chain()
    with ExitStack() as stack:
        slow = stack.enter_context(listener(never))
        fine = stack.enter_context(tls_server(chain, key))
        one = time.perf_counter()
        run(f"localhost:{slow}", "--timeout", str(deadline))
        one = time.perf_counter() - one
        rows = [f"localhost:{slow}"] * 99 + ["", "# the last one is fine", f"localhost:{fine}"]
        targets = tmp_path / "targets.txt"
        targets.write_text("\n".join(rows))
        many = time.perf_counter()
        result = run("--targets", targets, "--ca", ca, "--timeout", str(deadline), "--json")
        many = time.perf_counter() - many
    found = document(result)["targets"]
    assert result.exit_code == 1
    assert [each["verdict"] for each in found] == ["failed"] * 99 + ["ok"]
    assert many < 3 * max(one, deadline)

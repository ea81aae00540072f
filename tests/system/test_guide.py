"""The whole guide as its user runs it: the program as a child, and independent clients that agree."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.guide.step import SECTIONS
from tests.system.guide_world import PROGRAM, ROOT, practice

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Up:
    """A practice world that is kept up, and what it said."""

    document: dict[str, Any]
    workspace: Path

    @property
    def deployment(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["deployment"]
        return found

    @property
    def at(self) -> str:
        """Address and port, as openssl takes them."""
        return f"{self.deployment['address']}:{self.deployment['port']}"


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """The whole guide done, and the world kept up for other clients; ended as a user would, with Ctrl-C."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder, "workspace")
        child = subprocess.Popen(
            [*PROGRAM, "practice", "--json", "--keep-running", "--workspace", str(workspace)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "HOME": folder},
        )
        assert child.stdout is not None
        lines: list[str] = []
        for line in child.stdout:
            lines.append(line)
            if line == "}\n":
                break
        try:
            yield Up(json.loads("".join(lines)), workspace)
        finally:
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=20)
            assert child.returncode == 0, errors


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, input=given, capture_output=True, text=True, timeout=30, check=False)


def s_client(up: Up, ca: Path, *more: str) -> subprocess.CompletedProcess[str]:
    host = up.deployment["host"]
    return run(
        *("openssl", "s_client", "-connect", up.at, "-servername", host, "-verify_hostname", host, "-CAfile", str(ca)),
        *("-no-CApath", "-no-CAstore", "-brief", *more),
    )


def client_files(up: Up) -> tuple[str, ...]:
    return ("-cert", str(up.workspace / "client" / "client.crt"), "-key", str(up.workspace / "client" / "client.key"))


def test_every_step_is_done(up: Up) -> None:
    assert up.document["ok"] is True
    assert [(step["name"], step["status"]) for step in up.document["steps"]] == [(name, "done") for name in SECTIONS]
    assert all(Path(artifact["path"]).exists() for step in up.document["steps"] for artifact in step["artifacts"])


def test_no_key_is_readable_by_others(up: Up) -> None:
    keys = [path for path in up.workspace.rglob("*") if "key" in path.name and path.suffix in {".key", ".pem"}]
    assert len(keys) >= 4
    assert {path.stat().st_mode & 0o077 for path in keys} == {0}
    assert up.workspace.stat().st_mode & 0o777 == 0o700


@pytest.mark.needs("openssl")
def test_openssl_accepts_root_pem(up: Up) -> None:
    said = s_client(up, up.workspace / "mqtt" / "root.pem", *client_files(up), "-verify_return_error")
    assert "Verification: OK" in said.stderr + said.stdout


@pytest.mark.needs("openssl")
def test_openssl_refuses_the_guides_root_pem_with_error_2(up: Up, tmp_path: Path) -> None:
    live = up.workspace / "letsencrypt" / "config" / "live" / up.deployment["host"]
    last = (live / "fullchain.pem").read_text().split("-----BEGIN CERTIFICATE-----")[-1]
    (tmp_path / "root.pem").write_text(f"-----BEGIN CERTIFICATE-----{last}")
    said = s_client(up, tmp_path / "root.pem", *client_files(up))
    assert "unable to get issuer certificate" in said.stderr + said.stdout


@pytest.mark.needs("openssl")
def test_openssl_is_refused_without_a_client_certificate(up: Up) -> None:
    said = s_client(up, up.workspace / "mqtt" / "root.pem", "-tls1_2")
    assert said.returncode != 0
    assert "handshake failure" in said.stderr


@pytest.mark.needs("mosquitto_pub", "mosquitto_sub")
def test_mosquittos_clients_round_trip_with_the_exported_script(up: Up) -> None:
    script = up.workspace / "mqtt" / "mosquitto.sh"
    environment = {**os.environ, "EMQX_MQTT_PASSWORD": up.deployment["password"]}
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "hello" in done.stdout.lower()


def test_the_exported_python_script_round_trips(up: Up) -> None:
    import sys  # noqa: PLC0415 - only here

    environment = {**os.environ, "EMQX_MQTT_PASSWORD": up.deployment["password"]}
    done = subprocess.run(
        [sys.executable, str(up.workspace / "mqtt" / "connect.py")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


NODE = """
const mqtt = require("mqtt"), fs = require("fs");
const [, , host, address, port, user, password, ca, cert, key] = process.argv;
const client = mqtt.connect({
  protocol: "mqtts", host: address, port: Number(port), servername: host, username: user, password,
  ca: fs.readFileSync(ca), ...(cert ? {cert: fs.readFileSync(cert), key: fs.readFileSync(key)} : {}),
  protocolVersion: 5, reconnectPeriod: 0, connectTimeout: 5000, rejectUnauthorized: true,
});
const end = (words, status) => { console.log(words); client.end(true); process.exit(status); };
client.on("error", (error) => end(error.code || error.message, 1));
client.on("close", () => end("closed", 1));
client.on("connect", () => client.subscribe("emqx-mtls/node", () => client.publish("emqx-mtls/node", "hello")));
client.on("message", (topic, payload) => end("received " + payload, 0));
"""


def node(up: Up, ca: Path, tmp_path: Path, *, with_certificate: bool = True) -> subprocess.CompletedProcess[str]:
    modules = os.environ.get("EMQX_MTLS_NODE_MODULES", "")
    if not Path(modules, "mqtt").is_dir():
        if os.environ.get("EMQX_MTLS_NO_SKIP"):
            pytest.fail("npm's mqtt is missing, and nothing may be skipped here")
        pytest.skip("needs npm's mqtt in EMQX_MTLS_NODE_MODULES")
    (tmp_path / "try.js").write_text(NODE)
    told = up.deployment
    files = client_files(up)[1::2] if with_certificate else ()
    arguments = (told["host"], told["address"], str(told["port"]), told["user"], told["password"], str(ca), *files)
    return subprocess.run(
        ["node", str(tmp_path / "try.js"), *arguments],
        env={**os.environ, "NODE_PATH": modules},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.needs("node")
def test_mqttxs_library_connects_with_the_same_files(up: Up, tmp_path: Path) -> None:
    said = node(up, up.workspace / "mqtt" / "root.pem", tmp_path)
    assert (said.stdout.strip(), said.returncode) == ("received hello", 0)


@pytest.mark.needs("node")
def test_mqttxs_library_refuses_the_guides_root_pem(up: Up, tmp_path: Path) -> None:
    live = up.workspace / "letsencrypt" / "config" / "live" / up.deployment["host"]
    last = (live / "fullchain.pem").read_text().split("-----BEGIN CERTIFICATE-----")[-1]
    (tmp_path / "root.pem").write_text(f"-----BEGIN CERTIFICATE-----{last}")
    assert node(up, tmp_path / "root.pem", tmp_path).stdout.strip() == "UNABLE_TO_GET_ISSUER_CERT"


@pytest.mark.needs("node")
def test_mqttxs_library_is_refused_without_a_client_certificate(up: Up, tmp_path: Path) -> None:
    said = node(up, up.workspace / "mqtt" / "root.pem", tmp_path, with_certificate=False)
    assert said.returncode == 1
    assert "received" not in said.stdout


def test_a_workspace_in_use_is_refused(up: Up) -> None:
    status, document, errors = practice("--workspace", str(up.workspace))
    assert (status, document) == (1, {})
    assert "workspace-in-use" in errors


def test_the_report_is_there_and_holds_no_secret(up: Up) -> None:
    report = (up.workspace / "report.md").read_text()
    assert up.deployment["host"] in report
    assert up.deployment["password"] not in report


def test_a_fault_ends_in_its_name_and_the_next_run_finishes(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    status, document, errors = practice("--workspace", str(workspace), "--fault", "ca-file-not-root")
    assert status == 1
    assert "Traceback" not in errors
    failed = [step for step in document["steps"] if step["status"] == "failed"]
    assert [(step["name"], step["error"]["id"]) for step in failed] == [("connection", "ca-file-not-root")]
    assert [step["status"] for step in document["steps"]][-1] == "skipped"
    issued = (workspace / "letsencrypt" / "config" / "live" / "mqtt.example.test" / "cert.pem").read_bytes()

    status, document, errors = practice("--workspace", str(workspace))
    assert status == 0, errors
    assert document["ok"] is True
    again = (workspace / "letsencrypt" / "config" / "live" / "mqtt.example.test" / "cert.pem").read_bytes()
    assert again == issued, "a valid certificate is used again"

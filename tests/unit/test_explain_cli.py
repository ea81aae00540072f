"""`emqx-mtls explain` as a program: what it prints, its exit status, and what it costs to start."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ISSUER = "verify error:num=2:unable to get issuer certificate"


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app", "explain", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=ROOT, timeout=60, check=False)


def test_a_known_text_is_explained_in_words_with_check_and_fix() -> None:
    done = run(ISSUER)
    said = done.stdout.decode()
    assert done.returncode == 0
    assert "ca-file-not-root" in said
    assert "ISRG Root X1" in said
    assert "Check: " in said
    assert "Fix: " in said
    assert done.stderr == b""


def test_json_is_one_document_of_the_promised_shape() -> None:
    done = run("--json", "curl: (60) SSL certificate problem: unable to get local issuer certificate")
    document = json.loads(done.stdout)
    assert list(document) == ["causes"]
    assert len(document["causes"]) > 2
    for cause in document["causes"]:
        assert list(cause) == ["id", "likelihood", "what", "why", "check", "fix"]
        assert cause["likelihood"] in {"certain", "likely", "possible"}
        assert all(cause.values())


def test_an_unknown_text_is_said_to_be_unknown() -> None:
    done = run("the kettle is warm")
    assert done.returncode == 3
    assert b"not known" in done.stdout
    assert json.loads(run("--json", "the kettle is warm").stdout) == {"causes": []}


def test_words_need_no_quotes_and_a_code_is_no_option() -> None:
    assert b"ca-file-not-root" in run(*ISSUER.split()).stdout
    assert b"connection-timeout" in run("-0x6800").stdout


@pytest.mark.parametrize("arguments", [("-",), ()])
def test_a_piped_text_is_read(arguments: tuple[str, ...]) -> None:
    done = run(*arguments, stdin=f"2026-11-23 ERROR {ISSUER}\n".encode())
    assert done.returncode == 0
    assert b"ca-file-not-root" in done.stdout


def test_no_text_at_all_is_a_usage_error_and_an_empty_one_is_unknown() -> None:
    assert run().returncode == 2
    assert run("-").returncode == 3
    assert run("").returncode == 3


def test_who_wrote_it_can_be_told() -> None:
    alert = "tlsv1 alert unknown ca"
    assert json.loads(run("--json", alert).stdout)["causes"][0]["id"] == "client-cert-unknown-ca"
    assert json.loads(run("--json", "--from", "broker", alert).stdout)["causes"][0]["id"] == "ca-file-unrelated"
    assert run("--from", "nobody", alert).returncode == 2


def test_a_hostile_text_is_never_echoed_to_the_terminal() -> None:
    hostile = b"\x1b]0;owned\x07\x1b[2J\xe2\x80\xaecertificate has expired\x9b31m\x00\xff\xfe"
    done = run(stdin=hostile)
    assert done.returncode == 0
    assert not any(control in done.stdout for control in (b"\x1b", b"\x9b", b"\x07", b"\x00"))
    assert b"owned" not in done.stdout


def test_megabytes_are_read_to_their_end() -> None:
    done = run("-", stdin=b"nothing of note\n" * 300_000 + ISSUER.encode())
    assert b"ca-file-not-root" in done.stdout


def test_it_imports_nothing_heavy() -> None:
    source = (
        "import sys; from app.cli.explain import command; from services.explain import explain; explain('x')\n"
        "heavy = {'textual', 'rich', 'cryptography', 'OpenSSL', 'boto3', 'botocore', 'httpx', 'paho', 'asyncio', 'ssl',"
        " 'dns', 'certbot', 'tomllib', 'hypothesis'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.decode().strip() == "[]"

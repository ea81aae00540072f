"""Served chain × CA file → OpenSSL's code, with its defaults and with the partial-chain flag; and the cause's name.

The table was found by experiment with `openssl verify`, Python and Node; each row is built anew here.
"""

from __future__ import annotations

from functools import cache

import pytest

from services.tls.clients import kinds
from services.tls.diagnose import diagnose
from services.tls.evidence import Evidence, certificate_file
from tests import chains as make


@cache
def parts() -> dict[str, make.Signed]:
    """Return today's hierarchy, and one as it was until 2024: a root that an older, expired root cross-signed."""
    le = make.lets_encrypt_like()
    old, root = make.sign("Old Root X3"), make.sign("Middle Root X1")
    intermediate = make.sign("R3", root)
    return {
        "leaf": make.leaf(le.ye1),
        "YE1": le.ye1,
        "YE-by-X2": le.ye_by_x2,
        "X2-by-X1": le.x2_by_x1,
        "X1": le.x1,
        "X2": le.x2,
        "YE": le.ye,
        "unrelated": make.sign("Unrelated Root"),
        "old-leaf": make.leaf(intermediate),
        "int": intermediate,
        "root": root,
        "cross": make.sign("Middle Root X1", old),
        "expired-cross": make.sign("Middle Root X1", old, days=(-900, -30)),
        "expired-old-root": make.sign("Old Root X3", key_name="Old Root X3", days=(-900, -30)),
        "fake-root": make.sign("Middle Root X1", key_name="an impostor"),
        "self-signed": make.leaf(None, subject="self-signed"),
    }


DEFAULT = "leaf YE1 YE-by-X2 X2-by-X1"
CHAIN = "YE1 YE-by-X2 X2-by-X1"

# What is served, the CA file, OpenSSL's code by its defaults, the same with partial chains, the root cause.
ROWS = [
    (DEFAULT, "X1", 0, 0, ""),
    (DEFAULT, "X2", 0, 0, ""),
    (DEFAULT, "YE", 0, 0, ""),
    (DEFAULT, "X2-by-X1", 2, 0, "ca-file-not-root"),
    (DEFAULT, "YE-by-X2", 2, 0, "ca-file-not-root"),
    (DEFAULT, "YE1", 2, 0, "ca-file-not-root"),
    (DEFAULT, CHAIN, 2, 0, "ca-file-not-root"),
    (DEFAULT, DEFAULT, 2, 0, "ca-file-not-root"),
    (DEFAULT, f"{DEFAULT} X1", 0, 0, ""),
    (DEFAULT, "leaf", 20, 0, "ca-file-not-root"),
    (DEFAULT, "unrelated", 20, 20, "ca-file-unrelated"),
    ("leaf YE1 YE-by-X2", "X1", 20, 20, "ca-file-unrelated"),
    # By name and place alone a chain for the short alternate and one that was cut are the same.
    ("leaf YE1", "X1", 20, 20, "server-chain-incomplete"),
    ("leaf YE1", "X1 X2", 20, 20, "server-chain-incomplete"),
    ("leaf", "X1", 20, 20, "server-leaf-only"),
    ("leaf", "unrelated", 20, 20, "server-leaf-only"),
    ("leaf", "YE1", 2, 0, "ca-file-not-root"),
    ("leaf", DEFAULT, 2, 0, "ca-file-not-root"),
    ("leaf", f"{CHAIN} X1", 0, 0, ""),
    ("old-leaf int", "expired-cross", 2, 10, "ca-file-not-root"),
    ("old-leaf int", "cross expired-old-root", 10, 0, "ca-file-root-expired"),
    ("old-leaf int cross", "root", 0, 0, ""),
    ("old-leaf int expired-cross", "root", 0, 0, ""),
    ("old-leaf int root", "unrelated", 19, 19, "server-private-ca"),
    ("old-leaf int root", "fake-root", 19, 19, "ca-file-lookalike"),
    ("old-leaf int", "fake-root", 20, 20, "ca-file-lookalike"),
    ("old-leaf int", "cross root", 2, 0, "ca-file-not-root"),
    ("old-leaf int", "root cross", 0, 0, ""),
    ("self-signed", "unrelated", 18, 18, "server-self-signed"),
]


@pytest.mark.parametrize(("served", "trusted", "plain", "partial", "cause"), ROWS)
def test_a_row_of_the_table(served: str, trusted: str, plain: int, partial: int, cause: str) -> None:
    def file(names: str) -> bytes:
        return make.bundle(*(parts()[name] for name in names.split()))

    evidence = Evidence(
        make.NOW, chain=certificate_file("chain.pem", file(served)), ca=certificate_file("ca.pem", file(trusted))
    )
    diagnosis = diagnose(evidence, kinds(["openssl", "curl"]))
    assert [client.code for client in diagnosis.clients] == [plain, partial]
    errors = [finding.id for finding in diagnosis.findings if finding.severity == "error"]
    assert errors == ([cause] if cause else [])


def test_node_says_21_where_the_others_say_20() -> None:
    evidence = Evidence(
        make.NOW,
        chain=certificate_file("chain.pem", parts()["leaf"].pem),
        ca=certificate_file("ca.pem", parts()["X1"].pem),
    )
    openssl, node = diagnose(evidence, kinds(["openssl", "node"])).clients
    assert openssl.code == 20
    assert (node.code, node.text) == ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate")

"""The matching of `explain`: noise, older wordings, several errors, who wrote the text, hostile input."""

from __future__ import annotations

import json
import os
import random
import string
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.explain import Likelihood, Side, explain, findings
from services.explain.knowledge import BadRowError, knowledge, row, stanzas
from services.explain.paste import KEPT, fold, read
from services.text import has

ISSUER = "unable to get issuer certificate"


def ids(pasted: str | bytes, side: Side | None = None) -> list[str]:
    return [cause.id for cause in explain(pasted, side=side)]


NOISE = {
    "time stamp": f"2026-11-23T14:52:33.123+00:00 host app[812]: WARN  tls: {ISSUER} (depth 1)",
    "colours": "\x1b[1;31mError:\x1b[0m unable to \x1b[4mget\x1b[24m issuer certificate",
    "JSON": json.dumps({"level": "error", "msg": f"failed:\n{ISSUER}", "n": 3}),
    "JSON in JSON": json.dumps(json.dumps({"err": f"tls:\n{ISSUER}\n"})),
    "escaped colours": r"\u001b[31munable to get issuer certificate\u001b[39m",
    "wrapped": "SSLError: unable to get\n    issuer\n    certificate",
    "quoted mail": "> > verify error:num=2:unable to get issuer\n> > certificate",
    "carriage returns": "unable to get issuer certificate\r\n",
    "upper case": "UNABLE TO GET ISSUER CERTIFICATE",
    "constant": "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT",
    "invisible": "unable to get issu\u200ber certifi\u00adcate",
    "HTML": "Error: &quot;unable to get issuer certificate&quot;",
    "brackets": "('unable to get issuer certificate',)",
    "code alone": "Verify return code: 2",
}


@pytest.mark.parametrize("pasted", NOISE.values(), ids=NOISE.keys())
def test_a_text_is_recognised_within_noise(pasted: str) -> None:
    assert ids(pasted) == ["ca-file-not-root"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "latin-1"])
def test_bytes_of_any_usual_encoding_are_read(encoding: str) -> None:
    assert ids(f"Fehler: {ISSUER}".encode(encoding)) == ["ca-file-not-root"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("self signed certificate in certificate chain", "self-signed certificate in certificate chain"),
        ("unsupported certificate purpose", "unsuitable certificate purpose"),
        ("sslv3 alert handshake failure", "ssl/tls alert handshake failure"),
        ("certificate is not yet valid", "certificate is not yet valid or the system clock is incorrect"),
        ("num=24:invalid CA certificate", "num=79:invalid CA certificate"),
        ("error:14094418:SSL routines:ssl3_read_bytes:x", "error:0A000418:SSL routines::x"),
        (
            "Domain: x.org Type: dns Detail: DNS problem: NXDOMAIN looking up TXT for a",
            "DNS problem: NXDOMAIN looking up TXT for a",
        ),
    ],
)
def test_older_wordings_mean_the_same(older: str, newer: str) -> None:
    assert ids(older) == ids(newer) != []


def test_several_errors_in_one_paste_are_all_named() -> None:
    named = ids(
        "curl: (6) Could not resolve host: a\n...\nOpenSSL: error 26 at 0 depth lookup: unsuitable certificate purpose"
    )
    assert {"name-not-found", "server-purpose"} <= set(named)


def test_a_vague_statement_is_heard_only_alone() -> None:
    vague = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"
    assert len(ids(vague)) > 5
    assert ids(f"{vague}: unable to get issuer certificate (_ssl.c:1006)") == ["ca-file-not-root"]


def test_a_part_of_a_longer_statement_says_nothing_of_its_own() -> None:
    longer = (
        'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent '
        'certificate cannot sign this kind of certificate" while trying to verify candidate authority "NotCA")'
    )
    assert ids(longer) == ["issuer-not-ca"]


ALERT = "error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48"


def test_an_alert_reads_the_other_way_round_in_a_brokers_log() -> None:
    assert ids(ALERT)[0] == "client-cert-unknown-ca"
    broker = ids(f"1700000000: New connection from 10.0.0.9:51000 on port 8883.\n1700000000: OpenSSL Error[0]: {ALERT}")
    assert broker[0] == "ca-file-unrelated"
    assert "client-cert-unknown-ca" not in broker


def test_who_wrote_the_text_can_be_told() -> None:
    assert ids(ALERT, Side.BROKER)[0] == "ca-file-unrelated"
    assert ids("verify error:num=10:certificate has expired", Side.BROKER) == ["client-cert-expired"]
    assert "server-expired" in ids("verify error:num=10:certificate has expired", Side.CLIENT)


def test_each_line_of_a_mixed_paste_has_its_own_author() -> None:
    mixed = (
        "1700000000: New connection from 10.0.0.9:51000 on port 8883.\n"
        "1700000000: OpenSSL Error[0]: error:0A000415:SSL routines::sslv3 alert certificate expired\n"
        "and the client says:\n"
        "Client (null) sending CONNECT\n"
        "OpenSSL Error[0]: error:0A000413:SSL routines::sslv3 alert unsupported certificate"
    )
    named = ids(mixed)
    assert "server-expired" in named
    assert "client-cert-purpose" in named
    assert not {"client-cert-expired", "server-purpose"} & set(named)


def test_erlang_says_itself_who_judged_whom() -> None:
    alert = "TLS {}: In state certify {} ALERT: Fatal - Unknown CA"
    assert ids(alert.format("server", "received CLIENT"))[0] == "ca-file-unrelated"
    assert ids(alert.format("server", "at ssl_handshake.erl:1887 generated SERVER"))[0] == "client-cert-unknown-ca"
    assert ids(alert.format("client", "received SERVER"))[0] == "client-cert-unknown-ca"
    assert ids(alert.format("client", "at ssl_handshake.erl:1887 generated CLIENT"))[0] == "ca-file-unrelated"


def test_the_moment_of_a_handshake_failure_tells_what_it_is() -> None:
    alert = "error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure"
    assert ids(f"CONNECTED(00000003)\n{alert}\n---\nno peer certificate available\n---")[0] == "no-shared-cipher"
    judged = "- Status: The certificate is trusted.\n*** Received alert [40]: Handshake failed"
    assert ids(judged)[:1] == ["client-cert-missing"]
    assert set(ids(alert)[:2]) == {"client-cert-missing", "no-shared-cipher"}


def test_the_depth_of_a_missing_issuer_tells_where_the_chain_ends() -> None:
    missing = "depth={}\nverify error:num=20:unable to get local issuer certificate"
    assert ids(missing.format("0 CN = a.example.com"))[0] == "server-leaf-only"
    assert "server-leaf-only" not in ids(missing.format("1 CN = YR1"))
    assert ids(missing.format("2 CN = Root YR"))[0] == "new-root-not-in-stores"


def test_every_flag_of_mbedtls_is_read() -> None:
    named = ids("mbedtls_ssl_handshake returned -0x2700, flags=0x5")
    assert {"server-expired", "hostname-mismatch"} <= set(named)
    assert ids("mbedtls -9984 flags 4") == ids("mbedtls -0x2700 flags=0x4") == ["hostname-mismatch"]


def test_certain_is_said_only_of_the_only_cause_of_a_row() -> None:
    for known in knowledge().rows:
        for admitted in (known.causes, known.broker):
            if any(likelihood is Likelihood.CERTAIN for _, likelihood in admitted):
                assert len(admitted) == 1, known.name


def test_the_most_likely_cause_comes_first() -> None:
    order = list(Likelihood)
    for pasted in ("unable to get local issuer certificate", "connection reset by peer", "certificate verify failed"):
        ranks = [order.index(cause.likelihood) for cause in explain(pasted)]
        assert ranks == sorted(ranks)
        assert len(ranks) > 2


# The data file

FINDINGS = (  # every id of the list of findings
    "ca-file-not-root ca-file-unrelated ca-file-unreadable ca-file-lookalike ca-file-root-expired "
    "server-leaf-only server-chain-incomplete server-chain-mixed server-chain-disordered server-self-signed "
    "server-private-ca server-expired server-not-yet-valid intermediate-expired client-clock-wrong "
    "hostname-mismatch server-purpose issuer-not-ca signature-broken key-too-weak digest-too-weak "
    "staging-certificate new-root-not-in-stores client-cert-missing client-cert-unknown-ca client-cert-expired "
    "client-cert-not-yet-valid client-cert-purpose client-key-mismatch client-key-locked "
    "client-chain-incomplete name-not-found cname-wrong connection-refused connection-timeout connection-reset "
    "not-tls tls-version no-shared-cipher sni-refused mqtt-credentials mqtt-not-authorized mqtt-client-id "
    "mqtt-protocol emqx-validity-window emqx-key-type emqx-stale-certificate key-mismatch "
    "server-files-unreadable websocket-mismatch trust-store-empty client-cert-revoked key-format "
    "aws-no-credentials aws-bad-credentials aws-expired-token aws-clock-skew aws-access-denied "
    "aws-zone-not-found aws-throttled acme-rate-limit acme-dns-not-found acme-dns-failure acme-unauthorized "
    "acme-caa-forbids certbot-plugin-missing certbot-already-running certbot-usage "
)


def test_every_finding_can_be_named_by_some_text() -> None:
    assert set(FINDINGS.split()) - findings() == set()


@pytest.mark.parametrize("finding", sorted(findings()))
def test_every_cause_has_its_words(finding: str) -> None:
    for kind in ("what", "why", "fix"):
        assert has(f"finding.{finding}.general.{kind}"), kind
    assert has(f"explain.check.{finding}")


def test_the_words_of_a_cause_have_no_gaps() -> None:
    for cause in explain("certificate verify failed"):
        for words in (cause.what, cause.why, cause.check, cause.fix):
            assert words
            assert "{" not in words
            assert "finding." not in words


def test_every_row_has_a_source_and_answers_to_rows_that_exist() -> None:
    names = {known.name for known in knowledge().rows}
    for known in knowledge().rows:
        assert known.source
        assert set(known.over) <= names, known.name


def test_every_phrase_of_the_data_is_recognised() -> None:
    """A row whose own words do not lead to it would be dead."""
    for known in knowledge().rows:
        needed = " ".join("".join(phrase) for phrase in known.needs[:1])
        for phrase, _ in known.phrases:
            pasted = " ... ".join(part.strip() for part in phrase)
            assert ids(f"{pasted}\n{needed}"), (known.name, pasted)


def test_a_bad_line_of_data_names_its_place() -> None:
    with pytest.raises(BadRowError, match=r"my\.rows:2"):
        list(stanzas("[a]\nno pair\n", "my.rows"))
    with pytest.raises(BadRowError, match="can never match"):
        row("a", [("source", "s"), ("cause", "likely not-tls")])
    with pytest.raises(BadRowError, match="txt"):
        row("a", [("source", "s"), ("txt", "x")])


# Hostile input

MOST = 2 * KEPT + 1000
HOSTILE = {
    "line feeds": "\n" * MOST,
    "short lines": "a\n" * (MOST // 2),
    "escapes": "\x1b[" * (MOST // 2),
    "open escapes": "\x1b]" * (MOST // 2),
    "first parts of a phrase with gaps": "certificate is valid for " * (MOST // 25),
    "beginnings of a code": "mqtt failed " * (MOST // 12),
    "names of codes": "X509_V_ERR_" * (MOST // 11),
    "codes": "num=20: mbedtls -0x2700 flags=0xff\n" * (MOST // 35),
    "camels": "aA" * (MOST // 2),
    "one digit": "1" * MOST,
    "one sign": "証" * MOST,
    "combining": "a\u0301" * (MOST // 2),
    "spaces": " " * MOST,
    "nothing": "\0" * MOST,
}


@pytest.mark.parametrize("pasted", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_input_takes_much_longer_than_any_other_of_its_size(pasted: str) -> None:
    letters = random.Random(7).choices(string.ascii_letters + " \n.,:", k=len(pasted))  # noqa: S311 - no secret
    plain = _seconds("".join(letters))
    assert _seconds(pasted) < 12 * plain


def _seconds(pasted: str) -> float:
    begun = time.process_time()
    explain(pasted)
    return time.process_time() - begun


def test_of_a_huge_text_both_ends_are_read_and_no_more() -> None:
    filler = "x" * 50 + "\n"
    huge = filler * 200_000
    assert ids(f"{ISSUER}\n{huge}") == ["ca-file-not-root"]
    assert ids(f"{huge}{ISSUER}") == ["ca-file-not-root"]
    assert len(read(huge).words) < 3 * KEPT


def test_a_number_cut_at_the_limit_is_not_taken_for_another() -> None:
    for shift in range(0, 12, 3):
        pasted = f"{'y ' * ((KEPT - 20 + shift) // 2)}mbedtls flags=0x40000000 " + "z " * (2 * KEPT)
        assert ids(pasted) == []


@settings(max_examples=60)
@given(st.one_of(st.text(max_size=400), st.binary(max_size=400)))
def test_anything_at_all_gives_an_answer(pasted: str | bytes) -> None:
    for cause in explain(pasted):
        assert cause.what


def test_binary_gives_an_answer() -> None:
    assert ids(os.urandom(100_000)) == []


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(unicodedata.category(char) in {"Ll", "Nd", "Zs"} for char in fold(text))

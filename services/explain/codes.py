"""The numbers in a text that are error codes, each told by how it is written.

A number means something only beside the words that make it a code (`num=20`, `alert number 48`, `errno 111`), or where
its form is unmistakable (`-0x2700`). Every pattern is linear in the length of its line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.explain.knowledge import Code


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# Notation → the ways it is written; the one group that takes part holds the number.
_DECIMAL = {
    # OpenSSL X509_V_ERR_*: s_client, verify, Python's verify_code, nginx, Ruby, PHP
    "x509": _pattern(
        r"\bnum ?= ?(\d{1,3})\b",
        r"\berror (\d{1,3}) at \d{1,3} depth",
        r"verif(?:y|ication)[ _]?(?:return[ _]|error[ _]|result[ _])?(?:code|error|result)\W{1,3}(\d{1,3})\b",
        r"certificate verify error: ?\(?(\d{1,3}):",
        r"\bX509_V_ERR\w*\W{1,4}(\d{1,3})\b",
        r"\berr(?:or)? (\d{1,3}): (?:unable|self|cert|host|inv)",
    ),
    # TLS alert descriptions, RFC 8446 section 6
    "alert": _pattern(
        r"\balert[ _](?:number|code|description)\W{1,3}(\d{1,3})\b",
        r"\breceived alert \[(\d{1,3})\]",
        r"\bAlert\[2\|(\d{1,3})\]",
        r"\btls: alert\((\d{1,3})\)",
        r"\b(?:tls|ssl|fatal) alert\W{1,3}(\d{1,3})\b",
        r"^\W*(?:tls |ssl )?alert\W{0,2}(\d{1,3})\W*$",
        r"\bfatal alert message \(msg (\d{1,3})\)",
    ),
    "curl": _pattern(r"\bcurl(?: error)?:? \(?(\d{1,2})\b", r"\bcurlcode\W{1,3}(\d{1,2})\b"),
    "errno": _pattern(
        r"\berrno[ =:]{1,3}(-?\d{1,5})\b",
        r"\bos error (\d{1,5})\b",
        r"\bWinError (\d{1,5})\b",
        r"\bWSA(?:GetLastError|E)?\W{1,3}(1\d{4})\b",
        r"socket error:? (1\d{4})\b",
    ),
}
_DEPTH = _pattern(r"\bdepth ?= ?(\d{1,2})\b", r"\bnum ?= ?(\d{1,3})\b", r"\berror (\d{1,3}) at (\d{1,2}) depth")
_OPENSSL = re.compile(r"\berror:(?:14[0-9a-f]{3}|0A000)([0-9a-f]{3}):", re.IGNORECASE)  # 1.x packs a function between
_MQTT = _pattern(
    r"\breceived CONNACK \((\d{1,3})\)",
    r"\b(?:result|return|reason|connack|response|ret)[ _]?code[^\w\n-]{1,4}(0x[0-9a-f]{2}|-?\d{1,3})\b",
    r"\breasonCode\W{1,4}(0x[0-9a-f]{2}|\d{1,3})\b",
    r"\bCONNACK\b[^\d\n]{1,20}(0x[0-9a-f]{2}|\d{1,3})\b",
    r"\b(?:failed|error|refused|disconnected|connect|connection)\b[^\d\n]{0,30}\b(?:rc|code|state)[^\w\n-]{1,3}(-?\d{1,3})\b",
    r"^\W*(?:rc|connack) ?[=:]? ?(-?\d{1,3})\W*$",
    r"\bMqttException \((\d{1,5})\)",
    r"\bNot ?Authorized \((\d{1,3})\)",
)
_MBEDTLS = re.compile(r"(?<![\w.])-(?:0x([0-9a-fA-F]{2,4})|(\d{2,5}))\b")
_FLAGS = re.compile(
    r"\b(?:flags?|verification info|verify result)\b[ =:(]{1,3}(0x[0-9a-fA-F]{1,8}|\d{1,6})\b", re.IGNORECASE
)
_MBEDTLS_ALONE = re.compile(r"^\W*0x([0-9a-fA-F]{4})\W*$")
_BEARSSL = _pattern(r"\b(?:err|error|code|lastsslerror)\b[^\w\n-]{1,4}(\d{2,3})\b")
_ESP = re.compile(r"\b(?:0x(80[0-3][0-9a-fA-F])|(32[78]\d\d))\b")
_WOLF = re.compile(r"(?<![\w.])-(\d{3})\b")

_SPEAKS_MBEDTLS = ("mbed", "esp", "x509", "ssl_client", "handshake", "arduino", "ssl -")
_SPEAKS_WOLF = (
    "wolf",
    "asn ",
    "peer subject name",
    "received alert fatal error",
    "error state on socket",
    "ext key use",
    "certificate verify failed",
)
_SPEAKS_MQTT = (
    "mqtt",
    "connack",
    "broker",
    "paho",
    "mosquitto",
    "rc=",
    "rc =",
    "result code",
    "reason code",
    "reasoncode",
)
_SPEAKS_ESP = ("esp", "transport_base", "mqtt_client")
_SPEAKS_BEARSSL = ("bearssl", "bssl", "br_err", "lastsslerror")
_SPEAKS = (_SPEAKS_MBEDTLS, _SPEAKS_ESP, _SPEAKS_WOLF, _SPEAKS_MQTT, _SPEAKS_BEARSSL)


def codes(lines: Sequence[str]) -> Iterator[tuple[Code, int]]:
    """Yield each code found in `lines`, with the index of its line."""
    whole = "\n".join(lines).lower()
    mbedtls, esp, wolf, mqtt, bearssl = (any(word in whole for word in words) for words in _SPEAKS)
    yield from _depths(lines)
    for index, line in enumerate(lines):
        if not any(map(str.isdigit, line)):
            continue
        yield from ((code, index) for code in _plain(line))
        if mbedtls or "-0x" in line:
            yield from ((code, index) for code in _mbedtls(line))
        if esp:
            yield from ((("esp", _hexadecimal(match)), index) for match in _ESP.finditer(line))
        if wolf:
            yield from ((("wolfssl", match[1]), index) for match in _WOLF.finditer(line))
        if bearssl:
            yield from ((code, index) for code in _bearssl(line))
        if mqtt:
            yield from ((code, index) for code in _mqtt(line))


def _depths(lines: Sequence[str]) -> Iterator[tuple[Code, int]]:
    """Yield OpenSSL's verdicts again, as about the leaf or a certificate above it; s_client says the depth first."""
    above: bool | None = None
    for index, line in enumerate(lines):
        for depth, verdict, error, place in _DEPTH.findall(line):
            if depth:
                above = int(depth) > 0
            elif place:
                yield ("x509-above" if int(place) else "x509-leaf", error), index
            elif above is not None:
                yield ("x509-above" if above else "x509-leaf", verdict), index


def _plain(line: str) -> Iterator[Code]:
    for notation, pattern in _DECIMAL.items():
        for match in pattern.finditer(line):
            yield notation, _number(match).lower()
    for match in _MBEDTLS_ALONE.finditer(line):
        yield "mbedtls", f"{int(match[1], 16):#x}"
    for match in _OPENSSL.finditer(line):
        reason = int(match[1], 16)
        yield ("alert", str(reason - 1000)) if reason >= 1000 else ("ssl", str(reason))  # openssl/sslerr.h


def _mbedtls(line: str) -> Iterator[Code]:
    """Yield mbedTLS's errors (as hexadecimal of its high part too, which names the module's error) and its flags."""
    for match in _MBEDTLS.finditer(line):
        value = int(match[1], 16) if match[1] else int(match[2])
        yield "mbedtls", f"{value:#x}"
        if value & 0x7F and value & 0xFF80:
            yield "mbedtls", f"{value & 0xFF80:#x}"
    for match in _FLAGS.finditer(line):
        value = int(match[1], 0 if match[1].startswith(("0x", "0X")) else 10)
        if value < 1 << 24:
            yield from (("mbedtls-flag", f"{1 << bit:#x}") for bit in range(24) if value & 1 << bit)


def _bearssl(line: str) -> Iterator[Code]:
    """Yield BearSSL's errors; 256 and more is a fatal alert received (bearssl_ssl.h)."""
    for match in _BEARSSL.finditer(line):
        value = int(_number(match))
        yield ("alert", str(value - 256)) if 256 <= value < 512 else ("bearssl", str(value))


def _mqtt(line: str) -> Iterator[Code]:
    """Yield CONNACK codes (3.1.1: 1 to 5) and reason codes (5.0: from 128), PubSubClient's and Paho Java's own too."""
    for match in _MQTT.finditer(line):
        value = int(_number(match), 0) if "0x" in match[0].lower() else int(_number(match))
        yield "mqtt", str(value)


def _hexadecimal(match: re.Match[str]) -> str:
    return f"{int(match[1], 16) if match[1] else int(match[2]):#x}"


def _number(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None)

"""OpenSSL's own verdict on a chain: `X509_verify_cert` of the OpenSSL that cryptography ships, with a client's flags.

What the binding has no function for, the security level, is checked here in OpenSSL's order and by its numbers
(crypto/x509/x509_vfy.c, check_key_level and check_auth_level; openssl-verification-options(1)). Pure: no I/O.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from cryptography.hazmat.bindings.openssl.binding import Binding

from services.tls.certificate import Certificate
from services.tls.x509_errors import (
    ADDRESS,
    CA_KEY_WEAK,
    DIGEST_WEAK,
    EXPIRED,
    HOSTNAME,
    LEAF_KEY_WEAK,
    NOT_YET_VALID,
    OK,
    SIGNATURE_FAILURE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PARTIAL_CHAIN, _STRICT = 0x80000, 0x20
_PURPOSES: Final = {"client": 1, "server": 2}  # X509_PURPOSE_SSL_…
_NO_PARTIAL_WILDCARDS = 0x4  # as Python's ssl asks for
_LEVEL_BITS: Final = (0, 80, 112, 128, 192, 256)
_RSA_BITS: Final = ((15_360, 256), (7_680, 192), (3_072, 128), (2_048, 112), (1_024, 80))
_DIGEST_BITS: Final = {"MD5": 39, "SHA-1": 63, "SHA-224": 112, "SHA-256": 128, "SHA-384": 192, "SHA-512": 256}

_CHECKED_AFTER_LEVEL: Final = frozenset({OK, SIGNATURE_FAILURE, NOT_YET_VALID, EXPIRED, HOSTNAME, ADDRESS})
_OLDER_WORDS: Final = {NOT_YET_VALID: "certificate is not yet valid"}  # as 3.0 to 3.5 say it, and what is built on them


@dataclass(frozen=True, slots=True)
class Settings:
    """How a client sets OpenSSL up.

    Attributes:
        partial_chain: X509_V_FLAG_PARTIAL_CHAIN: any certificate of the CA file may end the path.
        strict: X509_V_FLAG_X509_STRICT: RFC 5280 to the letter.
        security_level: 0 to 5; the distributions' default is 2.
        checks_host: OpenSSL itself compares the host name (others do so themselves, later).
        purpose: what the leaf is to serve as; "client" is how a server judges; "any" leaves it out.
    """

    partial_chain: bool = False
    strict: bool = False
    security_level: int = 2
    checks_host: bool = True
    purpose: Literal["server", "client", "any"] = "server"


@dataclass(frozen=True, slots=True)
class Result:
    """What OpenSSL says.

    Attributes:
        code: X509_V_ERR_…; 0 for a chain that verifies.
        depth: at which certificate of `path`; 0 for the leaf.
        text: OpenSSL's words.
        path: the path it had built when it decided, the leaf first.
        anchored: how many certificates of `path` came from the CA file.
    """

    code: int
    depth: int
    text: str
    path: tuple[Certificate, ...]
    anchored: int


def verify(
    served: Sequence[Certificate],
    trusted: Sequence[Certificate],
    at: datetime,
    host: str = "",
    settings: Settings = Settings(),
) -> Result:
    """Return OpenSSL's verdict on the chain `served` (the leaf first) against the CA file `trusted`.

    Args:
        served: at least the leaf.
        trusted: the CA file's certificates, in its order.
        at: the time to judge at.
        host: the name or address to check, where `settings` says that OpenSSL does; "" for none.
        settings: how the client sets OpenSSL up.

    Raises:
        ValueError: OpenSSL cannot read one of the certificates (cryptography could).
    """
    level = _LEVEL_BITS[settings.security_level]
    leaf = served[0]
    if _key_bits(leaf) < level:
        return Result(LEAF_KEY_WEAK, 0, error_text(LEAF_KEY_WEAK), (leaf,), 0)
    asked = host if settings.checks_host else ""
    result = _run(tuple(served), tuple(trusted), int(at.timestamp()), asked, replace(settings, security_level=0))
    if result.code in _CHECKED_AFTER_LEVEL and (weak := _weak(result.path, level)) is not None:
        code, depth = weak
        return Result(code, depth, error_text(code), result.path, result.anchored)
    return result


def error_text(code: int) -> str:
    """Return OpenSSL's words for an X509_V_ERR_ code, as its 3.x versions say it."""
    if code in _OLDER_WORDS:
        return _OLDER_WORDS[code]
    lib, ffi = _library()
    words: bytes = ffi.string(lib.X509_verify_cert_error_string(code))
    return words.decode("ascii", "replace")


@lru_cache(256)  # the clients of one diagnosis ask the same again and again, and signatures cost most of it
def _run(
    served: tuple[Certificate, ...], trusted: tuple[Certificate, ...], at: int, host: str, settings: Settings
) -> Result:
    lib, ffi = _library()
    store, anchors = _store(tuple(each.der for each in trusted), at, host, settings)
    untrusted = ffi.gc(lib.sk_X509_new_null(), lib.sk_X509_free)
    pointers = [_x509(each.der) for each in served]
    for pointer in pointers[1:]:
        lib.sk_X509_push(untrusted, pointer)
    context = ffi.gc(lib.X509_STORE_CTX_new(), lib.X509_STORE_CTX_free)
    lib.X509_STORE_CTX_init(context, store, pointers[0], untrusted)
    code = OK if lib.X509_verify_cert(context) == 1 else int(lib.X509_STORE_CTX_get_error(context)) or 1
    depth = int(lib.X509_STORE_CTX_get_error_depth(context))
    by_pointer = {
        _address(pointer): each for pointer, each in zip((*pointers, *anchors), (*served, *trusted), strict=True)
    }
    chain = lib.X509_STORE_CTX_get1_chain(context)
    path = tuple(_taken(chain, by_pointer)) or (served[0],)
    lib.ERR_clear_error()  # what is left in this thread's queue would be taken for the next call's
    ours = {each.sha256 for each in trusted}
    return Result(code, depth if code else 0, error_text(code), path, sum(each.sha256 in ours for each in path))


def _taken(chain: Any, by_pointer: dict[int, Certificate]) -> list[Certificate]:
    """Return the certificates of OpenSSL's stack `chain`, and free it."""
    lib, ffi = _library()
    if chain == ffi.NULL:
        return []
    pointers = [lib.sk_X509_value(chain, index) for index in range(lib.sk_X509_num(chain))]
    found = [by_pointer[_address(pointer)] for pointer in pointers if _address(pointer) in by_pointer]
    for pointer in pointers:
        lib.X509_free(pointer)
    lib.sk_X509_free(chain)
    return found


def _address(pointer: Any) -> int:
    _, ffi = _library()
    return int(ffi.cast("uintptr_t", pointer))


@lru_cache(2_048)
def _x509(der: bytes) -> Any:
    """Return OpenSSL's own X509 of `der`, kept alive by the cache's entry (and by the stores that hold it)."""
    lib, ffi = _library()
    data = ffi.from_buffer(der)
    bio = ffi.gc(lib.BIO_new_mem_buf(data, len(der)), lib.BIO_free)
    pointer = lib.d2i_X509_bio(bio, ffi.NULL)
    if pointer == ffi.NULL:
        lib.ERR_clear_error()
        raise ValueError("OpenSSL cannot read a certificate that cryptography can")
    return ffi.gc(pointer, lib.X509_free)


@lru_cache(128)
def _store(trusted: tuple[bytes, ...], at: int, host: str, settings: Settings) -> tuple[Any, tuple[Any, ...]]:
    """Return a trust store and what it holds; never changed once made, so threads may share it."""
    lib, ffi = _library()
    store = ffi.gc(lib.X509_STORE_new(), lib.X509_STORE_free)
    anchors = tuple(map(_x509, trusted))
    for anchor in anchors:
        lib.X509_STORE_add_cert(store, anchor)
    flags = (_PARTIAL_CHAIN if settings.partial_chain else 0) | (_STRICT if settings.strict else 0)
    lib.X509_STORE_set_flags(store, flags)
    if settings.purpose in _PURPOSES:
        lib.X509_STORE_set_purpose(store, _PURPOSES[settings.purpose])
    parameters = ffi.gc(lib.X509_VERIFY_PARAM_new(), lib.X509_VERIFY_PARAM_free)
    lib.X509_VERIFY_PARAM_set_time(parameters, at)
    _set_host(parameters, host)
    lib.X509_STORE_set1_param(store, parameters)
    lib.ERR_clear_error()
    return store, anchors


def _set_host(parameters: Any, host: str) -> None:
    lib, _ = _library()
    if not host:
        return
    lib.X509_VERIFY_PARAM_set_hostflags(parameters, _NO_PARTIAL_WILDCARDS)
    try:
        packed = ipaddress.ip_address(host).packed
    except ValueError:
        encoded = host.encode("utf-8")
        lib.X509_VERIFY_PARAM_set1_host(parameters, encoded, len(encoded))
    else:
        lib.X509_VERIFY_PARAM_set1_ip(parameters, packed, len(packed))


@lru_cache(1)
def _library() -> tuple[Any, Any]:
    binding = Binding()
    return binding.lib, binding.ffi


def _weak(path: Sequence[Certificate], level: int) -> tuple[int, int] | None:
    """Return the code and depth of the first certificate of `path` below `level` bits of security; None for none."""
    for depth, certificate in enumerate(path):
        if depth > 0 and _key_bits(certificate) < level:
            return CA_KEY_WEAK, depth
        if depth < len(path) - 1 and _DIGEST_BITS.get(certificate.digest, 256) < level:
            return DIGEST_WEAK, depth
    return None


def _key_bits(certificate: Certificate) -> int:
    """Return the bits of security of its key (BN_security_bits for RSA, half the size for a curve)."""
    if certificate.key_algorithm == "RSA":
        return next((bits for size, bits in _RSA_BITS if certificate.key_bits >= size), 0)
    return certificate.key_bits // 2 if certificate.key_bits else 256

"""Signed requests: the JWS around every ACME POST, and the nonces in them (RFC 8555 sections 6.2 to 6.5)."""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from acme.jws import JWS
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from josepy.errors import DeserializationError
from josepy.json_util import decode_b64jose, encode_b64jose
from josepy.jwk import JWK, JWKEC, JWKRSA

from services.practice.acme.problems import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from acme.jws import Header

_ALGORITHMS = ("RS256", "ES256", "ES384", "ES512")
_CURVE_ALGORITHMS = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_MIN_RSA_BITS = 2048
_NONCES_KEPT = 10_000


class Nonces:
    """The nonces given out and not used yet; only the newest 10,000 are kept. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, None] = OrderedDict()

    def issue(self) -> str:
        """A new one."""
        nonce = secrets.token_urlsafe(24)
        with self._lock:
            self._open[nonce] = None
            if len(self._open) > _NONCES_KEPT:
                self._open.popitem(last=False)
        return nonce

    def spend(self, nonce: str) -> bool:
        """Whether this one was given out and not used before; it cannot be used again."""
        with self._lock:
            return self._open.pop(nonce, self) is None


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature, algorithm, and URL were found right.

    Attributes:
        payload: the signed bytes; empty for POST-as-GET.
        key: the public key that verified it.
        kid: the account's URL, where the request named one; else it carried its own key.
    """

    payload: bytes
    key: JWK
    kid: str | None


def open_request(body: bytes, url: str, key_of: Callable[[str], JWK], nonces: Nonces) -> Signed:
    """Take a POST's body apart and check everything about it that needs no account.

    Args:
        body: flattened JSON JWS.
        url: where the request was sent to; must be the one that was signed.
        key_of: gives the key of the account with this URL, or raises AcmeError.
        nonces: where the request's nonce has to be open; it is spent.

    Raises:
        AcmeError: `malformed`, `badSignatureAlgorithm`, `badPublicKey`, `badNonce`, or what `key_of` raises.
    """
    jws = _parse(body)
    signed = _verify(jws, key_of)
    header = _header(jws)
    nonce = encode_b64jose(header.nonce) if header.nonce else ""
    if not nonce:
        raise refuse("badNonce", "Unable to validate JWS :: JWS has no anti-replay nonce")
    if not nonces.spend(nonce):
        raise refuse("badNonce", f'Unable to validate JWS :: JWS has an invalid anti-replay nonce: "{nonce}"')
    if header.url != url:
        detail = f'JWS header parameter \'url\' incorrect. Expected "{url}" got "{header.url or ""}"'
        raise refuse("malformed", f"Unable to validate JWS :: {detail}")
    return signed


def open_inner(document: object, url: str) -> Signed:
    """The JWS inside a key change: signed by the new key, same URL, no nonce (RFC 8555 section 7.3.5).

    Raises:
        AcmeError: it is not of this form.
    """
    jws = _parse(json.dumps(document).encode())
    header = _header(jws)
    if header.jwk is None or header.kid is not None:
        raise refuse("malformed", "Inner JWS has no embedded JWK")
    if header.nonce is not None:
        raise refuse("malformed", "Inner JWS must not contain a nonce")
    if header.url != url:
        raise refuse("malformed", f"Outer JWS 'url' value \"{url}\" does not match inner JWS 'url' value")
    return _verify(jws, _no_kid)


def _no_kid(_kid: str) -> JWK:
    raise refuse("malformed", "No embedded JWK in JWS header")


def _parse(body: bytes) -> JWS:
    try:
        document = json.loads(body)
    except ValueError as error:
        raise refuse("malformed", "Unable to validate JWS :: Parse error reading JWS") from error
    if not isinstance(document, dict):
        raise refuse("malformed", "Unable to validate JWS :: Parse error reading JWS")
    if "header" in document:
        detail = 'JWS "header" field not allowed. All headers must be in "protected" field'
        raise refuse("malformed", f"Unable to validate JWS :: {detail}")
    if "signatures" in document:
        detail = 'JWS "signatures" field not allowed. Only the "signature" field should contain a signature'
        raise refuse("malformed", f"Unable to validate JWS :: {detail}")
    try:
        _check_algorithm_name(document)
        return cast("JWS", JWS.from_json(document))
    except (DeserializationError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse("malformed", "Unable to validate JWS :: Parse error reading JWS") from error


def _check_algorithm_name(document: dict[str, str]) -> None:
    algorithm = json.loads(decode_b64jose(document["protected"])).get("alg")
    if algorithm not in _ALGORITHMS:
        detail = (
            f'JWS signature header contains unsupported algorithm "{algorithm}", '
            f"expected one of [{' '.join(_ALGORITHMS)}]"
        )
        raise refuse("badSignatureAlgorithm", f"Unable to validate JWS :: {detail}")


def _header(jws: JWS) -> Header:
    return cast("Header", jws.signature.combined)  # acme's JWS has acme's header; josepy's types cannot say so


def _verify(jws: JWS, key_of: Callable[[str], JWK]) -> Signed:
    header = _header(jws)
    if header.kid is not None and header.jwk is not None:
        raise refuse("malformed", "Unable to validate JWS :: jwk and kid header fields are mutually exclusive")
    if header.kid is not None:
        key = key_of(header.kid)
    elif header.jwk is not None:
        key = header.jwk
    else:
        raise refuse("malformed", "Unable to validate JWS :: No embedded JWK in JWS header")
    _check_key(key, header.alg.name)
    if not jws.signature.verify(jws.payload, key):
        raise refuse("malformed", "Unable to validate JWS :: JWS verification error")
    return Signed(jws.payload, key, header.kid)


def _check_key(key: JWK, algorithm: str) -> None:
    """Only RSA of 2048 bits and more and the NIST curves, each with its own algorithm."""
    public = public_key(key)
    if isinstance(public, rsa.RSAPublicKey):
        expected = "RS256"
        if public.key_size < _MIN_RSA_BITS:
            raise refuse("badPublicKey", f"Unable to validate JWS :: key size not supported: {public.key_size}")
    else:
        expected = _CURVE_ALGORITHMS.get(public.curve.name, "")
    if algorithm != expected:
        detail = f"JWS signature header algorithm {algorithm} does not fit the key; it takes {expected or 'none'}"
        raise refuse("badSignatureAlgorithm", f"Unable to validate JWS :: {detail}")


def public_key(key: JWK) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """The cryptography key inside a JWK.

    Raises:
        AcmeError: it is neither RSA nor elliptic-curve.
    """
    if isinstance(key, JWKRSA | JWKEC):
        public = key.public_key().key
        inner = getattr(public, "_wrapped", public)  # josepy wraps keys to make them comparable
        if isinstance(inner, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            return inner
    raise refuse("badPublicKey", "Unable to validate JWS :: unsupported key type")

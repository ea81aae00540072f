"""How the clients that are not built on OpenSSL judge a chain: documented models, measured against recorded runs. Pure.

Go       crypto/x509: any path, with backtracking; dates of every certificate, the anchor's too; no SHA-1.
Java     PKIX (sun.security.provider.certpath): any path; the anchor's dates do not matter; one text for all of it.
mbedTLS  x509_crt.c: no backtracking; SHA-256 or better and RSA of 2048 bits or more; speaks TLS 1.2 at most in 2.28.
wolfSSL  every certificate that the server sends must verify, from the topmost down (without WOLFSSL_ALT_CERT_CHAINS).
GnuTLS   any path; the purpose and every date are checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.tls import chain
from services.tls.chain import Link
from services.tls.hostname import is_for
from services.tls.paths import Judged, has_weak_digest, judged_paths, serves_as_server
from services.tls.wording import Words, hostname_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.tls.certificate import Certificate
    from services.tls.situation import Situation

_GO: Final = "tls: failed to verify certificate: x509: "
_JAVA_PATH: Final = (
    "javax.net.ssl.SSLHandshakeException: PKIX path building failed: "
    "sun.security.provider.certpath.SunCertPathBuilderException: "
    "unable to find valid certification path to requested target"
)
_JAVA_PURPOSE: Final = (
    "javax.net.ssl.SSLHandshakeException: Extended key usage does not permit use for TLS server authentication"
)
_GNUTLS: Final = "The certificate is NOT trusted. "
_FLAGS: Final = {
    "expired": (0x1, "The certificate validity has expired"),
    "hostname": (0x4, "The certificate Common Name (CN) does not match with the expected CN"),
    "untrusted": (0x8, "The certificate is not correctly signed by the trusted CA"),
    "not-yet-valid": (0x200, "The certificate validity starts in the future"),
    "purpose": (0x1000, "Usage does not match the extendedKeyUsage extension"),
    "weak-digest": (0x4000, "The certificate is signed with an unacceptable hash."),
    "weak-key": (0x10000, "The certificate is signed with an unacceptable key (eg bad curve, RSA too short)."),
}
_FORBIDDEN: Final = ("expired", "not-yet-valid", "not-ca", "path-length", "weak-digest")


def trust_words(client: str, situation: Situation) -> Words | None:
    """Return code and text with which `client` refuses the chain; None where it takes it."""
    judges = {"go": _go, "java": _java, "mbedtls": _mbedtls, "wolfssl": _wolfssl, "gnutls": _gnutls}
    return judges[client](situation)


def _go(situation: Situation) -> Words | None:
    leaf = situation.served[0]
    if not leaf.valid_at(situation.at):
        return None, _GO + _go_dates(leaf, situation)
    if _wrong_host(situation):
        return hostname_words("go", situation.host, leaf.names)
    paths = judged_paths(situation.served, situation.anchors, situation.at)
    good = [path for path in paths if path.anchored and not path.has(*_FORBIDDEN)]
    if not good:
        dated = next((path for path in paths if path.anchored and not path.has("not-ca", "path-length")), None)
        flaw = dated.first("expired", "not-yet-valid") if dated else None
        if dated and flaw:
            return None, _GO + _go_dates(dated.certificates[flaw.depth], situation)
        return None, _GO + "certificate signed by unknown authority"
    if all(path.has("purpose") for path in good):
        return None, _GO + "certificate specifies an incompatible key usage"
    return None


def _go_dates(certificate: Certificate, situation: Situation) -> str:
    late = situation.at > certificate.not_after
    bound = certificate.not_after if late else certificate.not_before
    word = "after" if late else "before"
    return (
        f"certificate has expired or is not yet valid: current time {situation.at:%Y-%m-%dT%H:%M:%SZ} "
        f"is {word} {bound:%Y-%m-%dT%H:%M:%SZ}"
    )


def _java(situation: Situation) -> Words | None:
    paths = judged_paths(situation.served, situation.anchors, situation.at, check_anchor_dates=False)
    good = [path for path in paths if path.anchored and not path.has("expired", "not-yet-valid", "path-length")]
    good = [path for path in good if not _intermediate_not_ca(path) and not _uses_md5(path)]
    if not good:
        return None, _JAVA_PATH
    if not serves_as_server(situation.served[0]):
        return None, _JAVA_PURPOSE
    if _wrong_host(situation):
        return hostname_words("java", situation.host, situation.served[0].names)
    return None


def _intermediate_not_ca(path: Judged) -> bool:
    """A trust anchor's own extensions do not matter to PKIX (RFC 5280, 6.1)."""
    return any(flaw.problem == "not-ca" and flaw.depth < len(path.certificates) - 1 for flaw in path.flaws)


def _uses_md5(path: Judged) -> bool:
    return any(certificate.digest == "MD5" for certificate in path.certificates[:-1])


def _mbedtls(situation: Situation) -> Words | None:
    leaf = situation.served[0]
    best = _first_path(situation)
    found = [problem for problem in ("expired", "not-yet-valid", "weak-key", "weak-digest") if best.has(problem)]
    if not best.anchored or best.has("not-ca", "path-length"):
        found = [problem for problem in found if _touches(best, problem, depth=0)] + ["untrusted"]
    if _wrong_host(situation):
        found.append("hostname")
    if not serves_as_server(leaf):
        found.append("purpose")
    if not found:
        return None
    flags = sum(_FLAGS[problem][0] for problem in found)
    words = "; ".join(_FLAGS[problem][1] for problem in found)
    if found == ["purpose"]:
        return "-0x7a00", f"SSL - Processing of the Certificate handshake message failed flags={flags:#x} {words}"
    return (
        "-0x2700",
        f"X509 - Certificate verification failed, e.g. CRL, CA or signature check failed flags={flags:#x} {words}",
    )


def _touches(path: Judged, problem: str, *, depth: int) -> bool:
    return any(flaw.problem == problem and flaw.depth == depth for flaw in path.flaws)


def _first_path(situation: Situation) -> Judged:
    """The path of a client without backtracking that prefers valid issuers: the best one there is."""
    return judged_paths(situation.served, situation.anchors, situation.at)[0]


def _wolfssl(situation: Situation) -> Words | None:
    leaf, *others = situation.served
    if leaf.self_signed and leaf.sha256 not in {each.sha256 for each in situation.anchors}:
        return -275, "ASN self-signed certificate error"
    known = [each for each in situation.anchors if each.is_ca or each.version == 1]
    for certificate in (*reversed(others), leaf):
        if certificate.sha256 == leaf.sha256 and certificate is not leaf:
            continue  # the leaf sent twice does no harm
        words = _wolfssl_one(certificate, known, situation)
        if words is not None:
            return words
        if certificate.may_sign_certificates():
            known.append(certificate)
    if not serves_as_server(leaf):
        return -386, "Ext Key Use server/client auth not set Error"
    if _wrong_host(situation):
        return hostname_words("wolfssl", situation.host, leaf.names)
    return None


def _wolfssl_one(certificate: Certificate, known: Sequence[Certificate], situation: Situation) -> Words | None:
    if certificate.sha256 in {each.sha256 for each in situation.anchors}:
        links = [Link.YES]
    else:
        links = [chain.issues(issuer, certificate) for issuer in known]
    if Link.YES not in links:
        return (
            (-155, "ASN sig error, confirm failure") if Link.SIGNATURE in links else (-188, "certificate verify failed")
        )
    if situation.at > certificate.not_after:
        return -151, "ASN date error, current date after"
    if situation.at < certificate.not_before:
        return -150, "ASN date error, current date before"
    return None


def _gnutls(situation: Situation) -> Words | None:
    leaf = situation.served[0]
    best = _first_path(situation)
    reasons: list[str] = []
    if best.anchored and best.has("not-ca", "path-length"):
        reasons.append("The certificate issuer is not a CA. The certificate chain violates the signer's constraints.")
    elif not best.anchored:
        broken = best.reason == Link.SIGNATURE.value
        reasons.append(
            "The signature in the certificate is invalid." if broken else "The certificate issuer is unknown."
        )
    if best.anchored and any(map(has_weak_digest, best.certificates[:-1])):
        reasons.append("The certificate chain uses insecure algorithm.")
    if best.anchored and best.has("expired"):
        reasons.append("The certificate chain uses expired certificate.")
    if best.anchored and best.has("not-yet-valid"):
        reasons.append("The certificate chain uses not yet valid certificate.")
    if not reasons and not serves_as_server(leaf):
        reasons.append("The certificate chain does not match the intended purpose.")
    if _wrong_host(situation):
        reasons.append("The name in the certificate does not match the expected.")
    return (None, _GNUTLS + " ".join(reasons)) if reasons else None


def _wrong_host(situation: Situation) -> bool:
    return bool(situation.host) and not is_for(situation.served[0], situation.host)

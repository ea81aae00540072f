"""The openssl commands that make the same as we do, runnable as printed in any POSIX shell. Pure, and light.

They are the guide's, with what it leaves out: the extensions (from here-documents, so that neither the system's
openssl.cnf nor a further file plays a part), and quoting. OpenSSL 1.1.1, 3.x and LibreSSL take them.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.pki.kinds import KeyType
    from services.pki.places import ClientFolder

_CA_EXTENSIONS = """\
[req]
distinguished_name = dn
x509_extensions = ca
[dn]
[ca]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
"""

_CLIENT_EXTENSIONS = """\
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def subject_argument(*parts: tuple[str, str]) -> str:
    """Return openssl's -subj for these parts, quoted for the shell; a part without a value is left out."""
    joined = "".join(f"/{name}={_escaped(value)}" for name, value in parts if value)
    option = "-subj" if joined.isascii() else "-utf8 -subj"
    return f"{option} {shlex.quote(joined)}"


def make_folder(folder: ClientFolder) -> str:
    """Return the command that makes the folder, for its owner only."""
    return f"mkdir -p -m 700 {_quoted(folder.root)}"


def make_ca(folder: ClientFolder, subject: str, kind: KeyType, days: int) -> str:
    """Return the command that makes the CA; `subject` comes from `subject_argument`."""
    return (
        f"openssl req -x509 -new {_new_key(kind)} -nodes -{_digest(kind)} -days {days} \\\n"
        f"  {subject} \\\n"
        f"  -keyout {_quoted(folder.ca_key)} \\\n"
        f"  -out {_quoted(folder.ca_certificate)} \\\n"
        f"  -config /dev/stdin <<'EOF'\n{_CA_EXTENSIONS}EOF"
    )


def make_key(folder: ClientFolder, kind: KeyType) -> str:
    """Return the command that makes the client's private key."""
    return f"openssl genpkey {_algorithm(kind)} -out {_quoted(folder.key)}"


def make_csr(folder: ClientFolder, subject: str) -> str:
    """Return the command that makes the client's certificate request."""
    return f"openssl req -new -key {_quoted(folder.key)} {subject} \\\n  -out {_quoted(folder.csr)}"


def issue_client(folder: ClientFolder, kind: KeyType, days: int) -> str:
    """Return the command that has the CA issue the client certificate."""
    return (
        f"openssl x509 -req -days {days} -{_digest(kind)} -in {_quoted(folder.csr)} \\\n"
        f"  -CA {_quoted(folder.ca_certificate)} -CAkey {_quoted(folder.ca_key)} -CAcreateserial \\\n"
        f"  -out {_quoted(folder.certificate)} \\\n"
        f"  -extfile /dev/stdin <<'EOF'\n{_CLIENT_EXTENSIONS}EOF"
    )


def view(folder: ClientFolder) -> str:
    """Return the command that shows the client certificate."""
    return f"openssl x509 -noout -text -in {_quoted(folder.certificate)}"


def verify(folder: ClientFolder) -> str:
    """Return the command that verifies the client certificate as a strict server would."""
    return (
        f"openssl verify -x509_strict -purpose sslclient -CAfile {_quoted(folder.ca_certificate)} \\\n"
        f"  {_quoted(folder.certificate)}"
    )


def _escaped(value: str) -> str:
    """A value within -subj: its separators lose their meaning behind a backslash."""
    return "".join(f"\\{char}" if char in "/+\\" else char for char in value)


def _new_key(kind: KeyType) -> str:
    if kind.is_rsa:
        return f"-newkey rsa:{kind.bits}"
    return f"-newkey ec -pkeyopt ec_paramgen_curve:{kind.curve}"


def _algorithm(kind: KeyType) -> str:
    if kind.is_rsa:
        return f"-algorithm RSA -pkeyopt rsa_keygen_bits:{kind.bits}"
    return f"-algorithm EC -pkeyopt ec_paramgen_curve:{kind.curve}"


def _digest(kind: KeyType) -> str:
    return "sha384" if kind.curve == "P-384" else "sha256"


def _quoted(path: object) -> str:
    return shlex.quote(str(path))

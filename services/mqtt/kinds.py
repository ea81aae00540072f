"""What is proven over MQTT, in plain records: light, so that a session can be read without any library."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from services.events import Answer

NO_CERTIFICATE: Final = "no-client-certificate"
OTHER_CA: Final = "other-ca"
WRONG_PASSWORD: Final = "wrong-password"  # noqa: S105 - a proof's name
CLIENT_LIST: Final = "client-list"


class Version(IntEnum):
    """A version of MQTT; the value is its protocol level in CONNECT."""

    V311 = 4
    V5 = 5

    def __str__(self) -> str:
        return "5.0" if self is Version.V5 else "3.1.1"


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing proven, or not.

    Attributes:
        id: "mutual-tls-5.0", "no-client-certificate", "other-ca", "wrong-password-3.1.1", "client-list" …
        answer: yes, no, or could not be checked.
        evidence: what was seen, e.g. "alert 116 (certificate required)", "CONNACK 0x86", "CN=Client".
        seconds: how long the round trip took, where there was one.
    """

    id: str
    answer: Answer
    evidence: str
    seconds: float | None = None

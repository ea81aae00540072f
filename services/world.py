"""Where AWS, the ACME server, DNS, EMQX and the clock are.

A step is given a World and never asks which one: what differs between practice and live are addresses that the
standard programs take as ordinary options (`AWS_ENDPOINT_URL`, certbot's `--server`, the base addresses of the APIs).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from services.secrets import SecretName, SecretStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.secrets import Secret

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
LETS_ENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory"


@dataclass(frozen=True, slots=True)
class Aws:
    """How AWS is reached.

    Attributes:
        endpoint_url: AWS_ENDPOINT_URL; None for AWS itself.
        region: Route 53 is global, and its client wants a region all the same.
        profile: the engineer's own profile, for the CNAME and the IAM set-up; None for boto3's own chain.
        certbot_profile: the profile of the least-privilege user that certbot runs as; None for the same identity.
        config_file, credentials_file: other files than ~/.aws/config and ~/.aws/credentials.
        isolated: nothing of the user's own AWS set-up may be used: no variable, profile, file or instance role.
    """

    endpoint_url: str | None = None
    region: str = "us-east-1"
    profile: str | None = None
    certbot_profile: str | None = None
    config_file: Path | None = None
    credentials_file: Path | None = None
    isolated: bool = False

    def environment(self, profile: str | None = None) -> dict[str, str]:
        """Return the environment variables that say all this to certbot, the AWS command line and boto3.

        `profile` stands for another identity than the engineer's own.
        """
        names = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PROFILE": profile or self.profile,
            "AWS_CONFIG_FILE": str(self.config_file) if self.config_file else None,
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials_file) if self.credentials_file else None,
            "AWS_EC2_METADATA_DISABLED": "true" if self.isolated else None,
        }
        return {name: value for name, value in names.items() if value}


@dataclass(frozen=True, slots=True)
class Acme:
    """The certificate authority.

    Attributes:
        directory_url: certbot's `--server`.
        caa_domain: the name that a CAA record must hold to let it issue.
        ca_bundle: a PEM file to trust for the directory's own https (certbot: REQUESTS_CA_BUNDLE), where it needs one.
        staging: its certificates are for trying only; no client trusts them.
    """

    directory_url: str = LETS_ENCRYPT
    caa_domain: str = "letsencrypt.org"
    ca_bundle: Path | None = None
    staging: bool = False


@dataclass(frozen=True, slots=True)
class Dns:
    """Who answers DNS questions: `nameserver` (address, port), or None for the system's resolver."""

    nameserver: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Emqx:
    """The deployment and its two APIs.

    Attributes:
        address: the deployment's own host name, where the CNAME points.
        port: its MQTT-over-TLS port.
        platform_url: base address of the Platform API, ending in /public_api/v1; None where it is not used (the
            console by hand instead).
        deployment_id: the deployment's id in the Platform API.
        api_url: base address of the Deployment API, ending in /api/v5; None where it is not used.
    """

    address: str = ""
    port: int = 8883
    platform_url: str | None = None
    deployment_id: str | None = None
    api_url: str | None = None


class PracticeControl(Protocol):
    """What a screen may do to a practice world: break it and heal it. Steps never use it."""

    def inject(self, fault_id: str) -> None:
        """Break it."""

    def heal(self, fault_id: str) -> None:
        """Take it back."""

    @property
    def active(self) -> frozenset[str]:
        """The faults active now."""


def utc_now() -> datetime:
    """Return the time now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """All that is outside the program.

    Attributes:
        kind: "practice" or "live"; for the badge and the session file, never for a decision of a step.
        domain: the subdomain that is suggested; empty where the user must name it.
        mqtt_user: the MQTT user name that is suggested.
        extra_roots: PEM of roots that clients of this world trust beside the public ones (practice's own root).
        secrets: the secrets of this run.
        clock: the time now, aware, in UTC.
        practice: the control of a practice world; None for live.
    """

    kind: Literal["practice", "live"]
    aws: Aws = field(default_factory=Aws)
    acme: Acme = field(default_factory=Acme)
    dns: Dns = field(default_factory=Dns)
    emqx: Emqx = field(default_factory=Emqx)
    domain: str = ""
    mqtt_user: str = "device-1"
    extra_roots: bytes = b""
    secrets: SecretStore = field(default_factory=SecretStore)
    clock: Callable[[], datetime] = utc_now
    practice: PracticeControl | None = None

    def aws_keys(self, *, certbot: bool = False) -> dict[SecretName, Secret]:
        """Return the AWS keys in memory that are to be used, by the standard variable that each one is for.

        Empty where a profile is to be used instead: one that was named wins over keys, in memory as in the
        environment. certbot's identity is, in this order: its own profile, its own key, the engineer's identity.

        Args:
            certbot: the identity that certbot runs as; else the engineer's.
        """
        if certbot and self.aws.certbot_profile:
            return {}
        if certbot and self.secrets.get(SecretName.CERTBOT_ACCESS_KEY_ID):
            names = _CERTBOTS_OWN
        elif self.aws.profile:
            return {}
        else:
            names = {name: name for name in (*_CERTBOTS_OWN, SecretName.AWS_SESSION_TOKEN)}
        found = {variable: self.secrets.get(name) for variable, name in names.items()}
        return {variable: secret for variable, secret in found.items() if secret}

    def child_environment(self, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return the whole environment of certbot.

        It is the user's own (without any AWS_ variable where AWS is isolated, and without the secrets that are none of
        certbot's), with what this world says.
        """
        keep = {name: value for name, value in inherited.items() if not (self.aws.isolated and name.startswith("AWS_"))}
        for name in SecretName:
            keep.pop(name.value, None)
        keep |= self.aws.environment(self.aws.certbot_profile)
        if self.acme.ca_bundle:
            keep["REQUESTS_CA_BUNDLE"] = str(self.acme.ca_bundle)
        if keys := self.aws_keys(certbot=True):
            keep.pop("AWS_PROFILE", None)
            keep |= {variable.value: secret.reveal() for variable, secret in keys.items()}
        return keep


_CERTBOTS_OWN = {
    SecretName.AWS_ACCESS_KEY_ID: SecretName.CERTBOT_ACCESS_KEY_ID,
    SecretName.AWS_SECRET_ACCESS_KEY: SecretName.CERTBOT_SECRET_ACCESS_KEY,
}

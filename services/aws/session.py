"""boto3 clients for a world: boto3's own chain of credentials, or nothing of the user's where AWS is isolated."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from services.aws.errors import named_errors

if TYPE_CHECKING:
    from services.world import Aws, World

_ATTEMPTS: Final = 4  # the waits between them double from about a second: seven seconds at most
_CONNECT_SECONDS: Final = 4
_READ_SECONDS: Final = 12

_PROFILE_PROVIDERS: Final = frozenset({"assume-role", "shared-credentials-file", "config-file"})
"""What may give credentials in an isolated world: the profiles of its own two files, and nothing of the environment."""


class Who(StrEnum):
    """Whose identity is used."""

    ENGINEER = "engineer"  # makes the CNAME, reads the zone, sets up IAM
    CERTBOT = "certbot"  # the least-privilege user, where the world names one; else the engineer's


def make_client(world: World, service: str, who: Who = Who.ENGINEER) -> Any:
    """Return a boto3 client of `service` ("route53", "sts", "iam"); its calls end in bounded time.

    `Any` because boto3 makes its client classes at run time.

    Raises:
        ServiceError: aws-no-credentials (an unknown profile, a broken file, half a key).
    """
    import boto3  # noqa: PLC0415 - 0.2 s, and wanted only where AWS is
    from botocore.config import Config  # noqa: PLC0415 - as above

    with named_errors():
        session = boto3.Session(
            botocore_session=_core_session(world.aws, profile_of(world.aws, who)),
            region_name=world.aws.region,
            **_keys_in_memory(world, who),
        )
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            proxies={} if world.aws.isolated else None,
        )
        return session.client(service, endpoint_url=world.aws.endpoint_url, config=config)  # type: ignore[call-overload]  # one of three names


def profile_of(aws: Aws, who: Who) -> str | None:
    """Return the profile that `who` uses; None for boto3's own choice."""
    return (aws.certbot_profile if who is Who.CERTBOT else None) or aws.profile


def _keys_in_memory(world: World, who: Who) -> dict[str, str]:
    keys = world.aws_keys(certbot=who is Who.CERTBOT)
    return {variable.value.lower(): secret.reveal() for variable, secret in keys.items()}


def _core_session(aws: Aws, profile: str | None) -> Any:
    """Return a botocore session that looks where `aws` says."""
    import botocore.session  # noqa: PLC0415 - as in `make_client`

    core = botocore.session.Session(profile="default" if aws.isolated and profile is None else profile)
    if aws.config_file:
        core.set_config_variable("config_file", str(aws.config_file))
    if aws.credentials_file:
        core.set_config_variable("credentials_file", str(aws.credentials_file))
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    if aws.isolated:
        resolver = core.get_component("credential_provider")
        resolver.providers = [each for each in resolver.providers if each.METHOD in _PROFILE_PROVIDERS]
    return core


@cache
def _loader(data_path: str | None) -> Any:
    """Return the loader of botocore's descriptions of the services: what it has read, it keeps for the next client."""
    import botocore.loaders  # noqa: PLC0415 - as in `make_client`

    return botocore.loaders.create_loader(data_path)

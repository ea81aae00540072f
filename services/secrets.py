"""Secrets: in memory, or where the ecosystem keeps them. Never written, logged, shown or passed on a command line."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MASK = "••••••"


class SecretName(StrEnum):
    """The secrets that the guide needs; the value is the environment variable where each is looked for."""

    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID"
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name, not its value
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN"  # noqa: S105 - a variable's name, not its value
    CERTBOT_ACCESS_KEY_ID = "CERTBOT_AWS_ACCESS_KEY_ID"
    CERTBOT_SECRET_ACCESS_KEY = "CERTBOT_AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name, not its value
    PLATFORM_KEY = "EMQX_PLATFORM_KEY"
    PLATFORM_SECRET = "EMQX_PLATFORM_SECRET"  # noqa: S105 - a variable's name, not its value
    API_KEY = "EMQX_API_KEY"
    API_SECRET = "EMQX_API_SECRET"  # noqa: S105 - a variable's name, not its value
    MQTT_PASSWORD = "EMQX_MQTT_PASSWORD"  # noqa: S105 - a variable's name, not its value


class Secret:
    """One secret value. Shows itself as a mask; `reveal` is the only way in, so every use can be found by its name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for the call that needs it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        message = "a secret is not to be pickled"
        raise TypeError(message)


class SecretStore:
    """The secrets of this run: those put in, those found in `environment`, and those that the user's keyring holds.

    What was put in wins, then the environment. `redact` blots out every value known here, as the last guard of lines
    from child programs.

    Args:
        environment: where the variables named by SecretName are looked for.
        keyring: asked for what is in neither, once each; None for no keyring.
    """

    _SHORTEST = 6  # shorter values would blot out ordinary words

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        keyring: Callable[[SecretName], str | None] | None = None,
    ) -> None:
        self._environment = environment
        self._keyring = keyring
        self._held: dict[SecretName, Secret] = {}
        self._asked: set[SecretName] = set()

    def put(self, name: SecretName, value: str | Secret) -> None:
        """Hold `value` for this run; an empty value forgets it."""
        secret = value if isinstance(value, Secret) else Secret(value)
        if secret:
            self._held[name] = secret
        else:
            self._held.pop(name, None)

    def get(self, name: SecretName) -> Secret | None:
        """Return the secret called `name`, or None where there is none."""
        if found := self._environment.get(name.value):
            return self._held.get(name, Secret(found))
        if name not in self._held and self._keyring is not None and name not in self._asked:
            self._asked.add(name)
            self.put(name, self._keyring(name) or "")
        return self._held.get(name)

    def redact(self, line: str) -> str:
        """Return `line` with every secret known here replaced by the mask."""
        for name in SecretName:
            secret = self._held.get(name) or Secret(self._environment.get(name.value, ""))
            if not name.value.endswith("ACCESS_KEY_ID") and len(secret.reveal()) >= self._SHORTEST:
                line = line.replace(secret.reveal(), MASK)
        return line


KEYRING_SERVICE = "emqx-mtls"


def from_keyring(name: SecretName) -> str | None:
    """Return what the user's keyring holds for `name` under the service "emqx-mtls"; None where there is no keyring.

    Only EMQX's secrets are looked for there: AWS keys belong in an AWS profile. The library is optional (the extra
    `keyring`), and a keyring that is locked or broken counts as none.
    """
    if not name.value.startswith("EMQX_"):
        return None
    try:
        import keyring  # noqa: PLC0415 - an extra

        return keyring.get_password(KEYRING_SERVICE, name.value)
    except Exception:  # noqa: BLE001 - backends raise what they like, and none of it may stop the work
        return None

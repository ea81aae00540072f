"""A named profile in the AWS credentials file: where an access key is kept, if the user says so.

The file is replaced as a whole, readable for its owner only; its other profiles and its comments stay as they are.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import InputError, ServiceError
from services.files import PRIVATE, read_file, write_file

if TYPE_CHECKING:
    from services.aws.iam import AccessKey
    from services.world import Aws

_NAME: Final = re.compile(r"[A-Za-z0-9._+@-]{1,64}")
_HEADER: Final = re.compile(r"^\s*\[\s*([^\]]*?)\s*\]\s*(?:[#;].*)?$")


def profile_name(field: str, value: str) -> str:
    """Return the name of a profile, or "" for none.

    Raises:
        InputError: bad-profile.
    """
    name = value.strip()
    if name and not _NAME.fullmatch(name):
        raise InputError(field, "bad-profile", value=name[:80])
    return name


@dataclass(frozen=True, slots=True)
class AwsFiles:
    """The two files in which AWS's programs look for profiles."""

    credentials: Path
    config: Path

    @classmethod
    def of(cls, aws: Aws) -> AwsFiles:
        """Return the files in use: the world's, those that the environment names, or those in ~/.aws."""
        return cls(
            aws.credentials_file or _in_use("AWS_SHARED_CREDENTIALS_FILE", "credentials", isolated=aws.isolated),
            aws.config_file or _in_use("AWS_CONFIG_FILE", "config", isolated=aws.isolated),
        )

    def key_id(self, profile: str) -> str | None:
        """Return the access key id of `profile`; "" where it has none, None where there is no such profile.

        Raises:
            ServiceError: file-not-readable.
        """
        lines = _section(_lines(self.credentials), profile)
        if lines is None:
            return None if _section(_lines(self.config), f"profile {profile}") is None else ""
        values = (line.partition("=") for line in lines)
        found = (value.strip() for name, _, value in values if name.strip().lower() == "aws_access_key_id")
        return next(found, "")

    def add(self, profile: str, key: AccessKey, *, replace: bool = False) -> None:
        """Put `profile` with `key` into the credentials file.

        Raises:
            ServiceError: aws-profile-taken where there is one of this name and `replace` is not set;
                folder-not-writable, disk-full, file-not-readable.
        """
        if self.key_id(profile) is not None and not replace:
            raise ServiceError("aws-profile-taken", profile=profile, path=self.credentials)
        lines = _without(_lines(self.credentials), profile)
        while lines and not lines[-1].strip():
            lines.pop()
        block = [
            f"[{profile}]",
            f"aws_access_key_id = {key.id}",
            f"aws_secret_access_key = {key.secret.reveal()}",
        ]
        _write(self.credentials, [*lines, *([""] if lines else []), *block])

    def remove(self, profile: str) -> bool:
        """Take `profile` out of the credentials file; False where it had none.

        Raises:
            ServiceError: folder-not-writable, disk-full, file-not-readable.
        """
        lines = _lines(self.credentials)
        if _section(lines, profile) is None:
            return False
        _write(self.credentials, _without(lines, profile))
        return True


def _in_use(variable: str, name: str, *, isolated: bool) -> Path:
    named = None if isolated else os.environ.get(variable)
    return Path(named or f"~/.aws/{name}").expanduser()


def _write(path: Path, lines: list[str]) -> None:
    """Replace the file, through a symbolic link where it is one."""
    content = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    write_file(path.resolve(), content, mode=PRIVATE, replace=True)


def _lines(path: Path) -> list[str]:
    return read_file(path).decode("utf-8", "surrogateescape").splitlines() if path.exists() else []


def _section(lines: list[str], profile: str) -> list[str] | None:
    """Return the lines of `profile`, without its header; None where there is no such profile."""
    inside = False
    found: list[str] | None = None
    for line in lines:
        if header := _HEADER.match(line):
            inside = header[1] == profile
            if inside and found is None:
                found = []
        elif inside and found is not None:
            found.append(line)
    return found


def _without(lines: list[str], profile: str) -> list[str]:
    kept, inside = [], False
    for line in lines:
        if header := _HEADER.match(line):
            inside = header[1] == profile
        if not inside:
            kept.append(line)
    return kept

"""The practice world: all its parts together, started and stopped as one."""

from __future__ import annotations

import errno
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from services.aws.iam import AccessKey
from services.aws.profiles import AwsFiles
from services.errors import ServiceError
from services.files import PRIVATE, make_folder, write_file
from services.practice.acme import PracticeAcme
from services.practice.authority_store import AuthorityStore
from services.practice.aws import PracticeAws
from services.practice.deployment import PracticeDeployment
from services.practice.dns import PracticeDns
from services.practice.emqx import EmqxControl
from services.practice.faults import Faults
from services.practice.hierarchy import CLASSIC_LIFETIME, Hierarchy
from services.practice.journal import Journal
from services.practice.kept import KeptWorld, Ports, WorldFile, practice_folder
from services.secrets import Secret, SecretName, SecretStore
from services.world import Acme, Aws, Dns, Emqx, World, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from services.practice.emqx.platform import DeploymentType
    from services.workspace import Workspace

_Part = TypeVar("_Part")

DOMAIN = "mqtt.example.test"
ADDRESS = "d1234.ala.practice.example"
CAA_DOMAIN = "letsencrypt.org"
_ADMIN = "guide-admin"
_CERTBOT = "certbot"


class PracticeWorld:
    """AWS, DNS, a CA, a deployment and EMQX's control side, on loopback, in threads of this process.

    Args:
        workspace: the world starts as the last practice run in this workspace left it; None starts anew.
        faults: ids of what is broken from the start.
        clock: the time of this world. AWS's signatures are judged by the real time, since botocore signs with it.
        port: of the deployment's TLS listener; 0 for a free one.
        lifetime: of the certificates that the CA issues; None for the classic profile's.
        staging: the CA is a staging one, whose certificates no client trusts.
        deployment_type: "serverless" for a deployment that takes no certificates.

    Attributes:
        journal: every request that reached a stand-in.

    Raises:
        ServiceError: no-such-fault.
    """

    def __init__(
        self,
        workspace: Workspace | None = None,
        *,
        faults: Iterable[str] = (),
        clock: Callable[[], datetime] = utc_now,
        port: int = 0,
        lifetime: timedelta | None = None,
        staging: bool = False,
        deployment_type: DeploymentType = "dedicated",
    ) -> None:
        try:
            self.faults = Faults(faults)
        except KeyError as error:
            raise ServiceError("no-such-fault", fault=str(error.args[0])) from error
        self.journal = Journal(after_write=self._keep)
        self._file = WorldFile(workspace)
        self._clock = clock
        self._port = port
        self._lifetime = lifetime
        self._staging = staging
        self._deployment_type = deployment_type
        self._workspace = workspace
        self._stack = ExitStack()
        self._is_whole = False

    def start(self) -> None:
        """Start every part, as the workspace kept it; where one cannot start, those before it are stopped again.

        Raises:
            ServiceError: port-taken.
        """
        kept = self._file.load(staging=self._staging)
        try:
            self._start_from(kept)
        except (OSError, ServiceError):
            raise
        except Exception:
            if kept is None:
                raise
            self._start_from(None)  # somebody has edited what was kept: it counts as none

    def _start_from(self, kept: KeptWorld | None) -> None:
        with ExitStack() as stack:
            try:
                self._start(stack, kept)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise ServiceError("port-taken", port=self._port) from error
                if isinstance(error, PermissionError) and error.filename is None:
                    raise ServiceError("port-taken", variant="forbidden", port=self._port) from error
                raise
            self._stack = stack.pop_all()

    def _start(self, stack: ExitStack, kept: KeptWorld | None) -> None:
        ports = kept.ports if kept else Ports()
        store = AuthorityStore(practice_folder(self._workspace)) if self._workspace else None
        lifetime = self._lifetime or CLASSIC_LIFETIME
        self.hierarchy = Hierarchy(self._clock, lifetime=lifetime, store=store, staging=self._staging)
        self.aws = stack.enter_context(_at(partial(self._make_aws, kept), ports.aws))
        self.dns = stack.enter_context(_at(self._make_dns, ports.dns))
        self.acme = stack.enter_context(_at(partial(self._make_acme, kept), ports.acme))
        make = partial(self._make_deployment, kept)
        self.deployment = stack.enter_context(make(self._port) if self._port else _at(make, ports.deployment))
        self.control = stack.enter_context(_at(partial(self._make_control, kept), ports.control))
        self._password = kept.mqtt_password if kept else secrets.token_urlsafe(12)
        self._folder = self._make_folder(stack)
        self._write_aws_files(self._folder)
        stack.callback(self._keep)  # the first to be called at the end, while every part is still there
        self._is_whole = True

    def _make_aws(self, kept: KeptWorld | None, port: int) -> PracticeAws:
        return PracticeAws(self.faults, self.journal, port=port, kept=kept.aws if kept else None)

    def _make_dns(self, port: int) -> PracticeDns:
        return PracticeDns(self.faults, self.journal, self.aws, {ADDRESS: "127.0.0.1"}, port=port)

    def _make_acme(self, kept: KeptWorld | None, port: int) -> PracticeAcme:
        return PracticeAcme(
            self.faults,
            self.journal,
            self.hierarchy,
            self.dns.address,
            clock=self._clock,
            caa_identities=(CAA_DOMAIN,),
            port=port,
            kept=kept.acme if kept else None,
        )

    def _make_deployment(self, kept: KeptWorld | None, port: int) -> PracticeDeployment:
        return PracticeDeployment(
            self.faults,
            self.journal,
            hierarchy=self.hierarchy,
            clock=self._clock,
            address=ADDRESS,
            port=port,
            kept=kept.deployment if kept else None,
        )

    def _make_control(self, kept: KeptWorld | None, port: int) -> EmqxControl:
        return EmqxControl(
            self.faults,
            self.journal,
            self.deployment,
            clock=self._clock,
            deployment_type=self._deployment_type,
            port=port,
            kept=kept.platform if kept else None,
        )

    def _keep(self) -> None:
        """Keep the world as it is now, for the next run in this workspace."""
        if self._is_whole:
            self._file.save(self._copy)

    def _copy(self) -> KeptWorld:
        urls = (self.aws.url, self.acme.directory_url, self.control.platform_url)
        aws, acme, control = (urlsplit(url).port or 0 for url in urls)
        return KeptWorld(
            Ports(aws, self.dns.address[1], acme, self.deployment.port, control),
            self.aws.keep(),
            self.acme.keep(),
            self.deployment.keep(),
            self.control.keep(),
            self._password,
            self._staging,
        )

    def stop(self) -> None:
        """Keep the world, then stop every part, in the reverse order. Safe to call twice."""
        self._stack.close()

    def world(self) -> World:
        """Return the World that steps are given."""
        return World(
            "practice",
            aws=Aws(
                endpoint_url=self.aws.url,
                profile=_ADMIN,
                certbot_profile=_CERTBOT,
                config_file=self._folder / "config",
                credentials_file=self._folder / "credentials",
                isolated=True,
            ),
            acme=Acme(self.acme.directory_url, CAA_DOMAIN, staging=self._staging),
            dns=Dns(self.dns.address),
            emqx=Emqx(
                ADDRESS,
                self.deployment.port,
                self.control.platform_url,
                self.control.deployment_id,
                self.control.api_url,
            ),
            domain=DOMAIN,
            extra_roots=self.hierarchy.roots_pem().encode(),
            secrets=self._secrets(),
            clock=self._clock,
            practice=self.faults,
        )

    def _secrets(self) -> SecretStore:
        store = SecretStore({})
        store.put(SecretName.PLATFORM_KEY, self.control.platform_key)
        store.put(SecretName.PLATFORM_SECRET, self.control.platform_secret)
        store.put(SecretName.API_KEY, self.control.app_id)
        store.put(SecretName.API_SECRET, self.control.app_secret)
        store.put(SecretName.MQTT_PASSWORD, self._password)
        return store

    def _make_folder(self, stack: ExitStack) -> Path:
        """Make the folder of the practice account's AWS files: in the workspace, where a sudden end leaves no stray."""
        if self._workspace is not None:
            return make_folder(practice_folder(self._workspace) / "aws")
        folder = Path(tempfile.mkdtemp(prefix="emqx-mtls-practice-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _write_aws_files(self, folder: Path) -> None:
        """Write the practice account's two AWS files, as `aws configure` would have; other profiles in them stay."""
        profiles = {_ADMIN: self.aws.admin_credentials, _CERTBOT: self.aws.certbot_credentials}
        files = AwsFiles(folder / "credentials", folder / "config")
        for name, found in profiles.items():
            if files.key_id(name) != found.access_key_id:
                files.add(name, AccessKey(found.access_key_id, Secret(found.secret_access_key)), replace=True)
        config = "".join(f"[profile {name}]\nregion = us-east-1\n" for name in profiles)
        write_file(files.config, config, mode=PRIVATE, replace=True)


def _at(make: Callable[[int], _Part], port: int) -> _Part:
    """Make a part on `port`, where an earlier world had it; on a free one where somebody else is there now."""
    try:
        return make(port)
    except OSError as error:
        if not port or error.errno != errno.EADDRINUSE:
            raise
        return make(0)

"""Starting a practice world as an earlier run left it.

A practice world lives no longer than its process, and a workspace does. What the workspace holds tells what the world
looked like: the CNAME that was made, the bundle that was uploaded, the MQTT user. The CA's own keys are kept beside it
(`practice/` in the workspace), so that certificates issued yesterday still lead to a root that exists.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services import session as sessions
from services.errors import ServiceError
from services.practice.authority_store import AuthorityStore
from services.practice.deployment.material import RejectedTlsError, TlsBundle
from services.practice.hierarchy import CLASSIC_LIFETIME, Hierarchy

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from services.practice.aws import PracticeAws
    from services.practice.deployment import PracticeDeployment
    from services.session import Session
    from services.workspace import Workspace

_TTL = 300


@dataclass(frozen=True, slots=True)
class _Record:
    """The part of a subdomain Result that the zone had: read leniently, whatever else the step keeps."""

    domain: str
    target: str
    zone_id: str


@dataclass(frozen=True, slots=True)
class _User:
    """The part of a connection Result that the deployment had."""

    user: str


class Kept:
    """What an earlier run left, ready to be put into a new world."""

    def __init__(self, workspace: Workspace | None, session: Session | None, hierarchy: Hierarchy) -> None:
        self.hierarchy = hierarchy
        self._workspace = workspace
        self._record = session.result("subdomain", _Record) if session else None
        self._session = session

    @property
    def zone_id(self) -> str:
        """The id of the hosted zone that the earlier run worked on; empty where it came to none."""
        return self._record.zone_id if self._record else ""

    def replay(self, aws: PracticeAws, deployment: PracticeDeployment, password: str) -> None:
        """Make the CNAME, put the certificate on the deployment, and add the user with this run's `password`."""
        if self._session is None or self._workspace is None:
            return
        if self._record:
            aws.put_cname(self._record.domain, self._record.target, _TTL)
        if self._session.record("deployment").result is not None:
            self._put_bundle(self._workspace, deployment)
        if user := self._session.result("connection", _User):
            deployment.add_user(user.user, password)

    @staticmethod
    def _put_bundle(workspace: Workspace, deployment: PracticeDeployment) -> None:
        """Serve what lies in the workspace; where files are missing or damaged, the deployment starts without."""
        folder = workspace.emqx
        with contextlib.suppress(OSError, RejectedTlsError, UnicodeDecodeError):
            deployment.set_tls(
                TlsBundle(
                    "two-way",
                    (folder / "certificate-with-chain.pem").read_text(),
                    (folder / "private-key.pem").read_text(),
                    cacert_pem=(folder / "client-ca.pem").read_text(),
                )
            )


def practice_folder(workspace: Workspace) -> Path:
    """Where a workspace keeps what is the practice world's own: its CA, its AWS account's files."""
    return workspace.root / "practice"


def load_kept(
    workspace: Workspace | None,
    clock: Callable[[], datetime],
    lifetime: timedelta | None,
    *,
    staging: bool = False,
) -> Kept:
    """Return what `workspace` kept of its practice world.

    A session that cannot be read counts as none: whoever opens it for work names the trouble.
    """
    store = AuthorityStore(practice_folder(workspace)) if workspace else None
    hierarchy = Hierarchy(clock, lifetime=lifetime or CLASSIC_LIFETIME, store=store, staging=staging)
    session = None
    if workspace is not None:
        with contextlib.suppress(ServiceError):
            session = sessions.load(workspace)
    if session is not None and session.world != "practice":
        session = None
    return Kept(workspace, session, hierarchy)

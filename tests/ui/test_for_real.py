"""The wizard for real: a live set-up whose AWS, CA, name server and EMQX are a practice world's, by addresses alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from app import whereabouts
from app.commands import COMMANDS
from app.place import Place, plan_file
from app.plan import read_plan
from screens.undo import UndoScreen
from screens.widgets.console_fields import ConsoleFields
from services.errors import ServiceError
from services.events import Failed
from services.practice.world import ADDRESS, DOMAIN, PracticeWorld
from services.secrets import SecretName
from services.workspace import Workspace
from services.world import utc_now
from tests.ui.user import NARROW, WIDE, User, at_the_keyboard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeWorld]:
    """What the wizard meets: a practice world of its own, to which the place and AWS's own variables point."""
    running = PracticeWorld()
    running.start()
    try:
        world = running.world()
        assert world.dns.nameserver is not None
        (tmp_path / "roots.pem").write_bytes(world.extra_roots)
        monkeypatch.setenv("AWS_ENDPOINT_URL", str(world.aws.endpoint_url))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(world.aws.config_file))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(world.aws.credentials_file))
        place = Place(
            domain=DOMAIN,
            address=ADDRESS,
            port=world.emqx.port,
            server="other",
            directory=world.acme.directory_url,
            roots=tmp_path / "roots.pem",
            profile=str(world.aws.profile),
            certbot_profile=str(world.aws.certbot_profile),
            platform_url=str(world.emqx.platform_url),
            deployment_id=str(world.emqx.deployment_id),
            api_url=str(world.emqx.api_url),
            nameserver="{}:{}".format(*world.dns.nameserver),
        )
        whereabouts.keep_place(place, Workspace(tmp_path / "workspace"), utc_now())
        yield running
    finally:
        running.stop()


def secrets_of(running: PracticeWorld) -> dict[str, str]:
    """Every secret that is typed or used on the way."""
    world = running.world()
    assert world.aws.credentials_file is not None
    lines = world.aws.credentials_file.read_text().splitlines()
    keys = {f"AWS {n}": line.partition("= ")[2] for n, line in enumerate(lines) if "secret_access_key" in line}
    known = {name.value: world.secrets.get(name) for name in SecretName}
    return keys | {name: secret.reveal() for name, secret in known.items() if secret and not name.endswith("_KEY")}


async def fill_in(user: User, field: str, words: str) -> None:
    """Type into a field of the step."""
    user.guide.view.query_one(f"#field-{field}").focus()
    await user.pilot.pause()
    await user.type(words)


async def run(user: User, section: str) -> None:
    """Run the step that is shown, agree to what it asks, see it done, and go on."""
    assert user.guide.section == section
    await user.press("f5")
    await user.agree()
    await user.until_done(section)
    await user.press("alt+right")


def known_to(running: PracticeWorld, name: SecretName) -> str:
    secret = running.world().secrets.get(name)
    assert secret is not None
    return secret.reveal()


async def by_hand(running: PracticeWorld, folder: Path, certificate: str) -> None:
    """Do what a user does in the console: paste three files of the workspace, and confirm."""
    control = running.control
    files = {"cert": certificate, "key": "private-key.pem", "cacert": "client-ca.pem"}
    body = {name: (folder / "emqx" / file).read_text() for name, file in files.items()}
    url = f"{control.platform_url}/deployments/{control.deployment_id}/tls"
    async with httpx.AsyncClient(auth=(control.platform_key, control.platform_secret), timeout=10) as console:
        there = (await console.get(url)).status_code == 200
        answer = await console.request("PUT" if there else "POST", url, json={"tlsType": "two-way", **body})
    assert answer.status_code == 200, answer.text


async def copy_every_field(user: User, folder: Path) -> None:
    """One key each; the private key goes to the clipboard, and is never on the screen."""
    names = ("certificate", "chain", "private-key", "client-ca", "certificate-with-chain")
    for key, name in enumerate(names, 1):
        await user.press(str(key))
        file = folder / "emqx" / f"{name}.pem"
        assert user.app.clipboard == file.read_text()
        assert "PRIVATE KEY-----" not in user.screen
        assert f"emqx/{file.name}" in user.screen.replace("\n", "")
    key_lines = (folder / "emqx" / "private-key.pem").read_text().splitlines()
    assert not any(line in user.app.export_screenshot() for line in key_lines)


async def set_up_by_hand(user: User, outside: PracticeWorld, folder: Path) -> None:
    """The deployment step, by hand: watched, cancelled, watched again, told of what was pasted wrong, and done."""
    assert "(known)" in user.screen  # the key that was typed into the first step's form
    user.guide.view.query_one("#field-target").focus()
    await user.press("right")
    await user.press("f5")
    panel = user.guide.view.query_one(ConsoleFields)
    await user.until(lambda: panel.has_focus, "the console's fields")  # nothing was asked: a hand does it
    await user.sees(" of 15:00")  # how long was waited, of how long at most
    await copy_every_field(user, folder)
    await user.press("escape")
    await user.until(lambda: user.still, "the watch to end")
    await user.press("f5")
    await user.until(lambda: not user.still and panel.has_focus, "the console's fields again")
    await by_hand(outside, folder, "certificate.pem")
    await user.sees("no intermediate")
    await by_hand(outside, folder, "certificate-with-chain.pem")
    await user.until_done("deployment")
    assert user.guide.walk.result("deployment")["uploaded"] is False


async def test_for_real_by_hand_with_typed_keys_and_no_secret_is_left_anywhere(
    tmp_path: Path, outside: PracticeWorld
) -> None:
    folder = tmp_path / "workspace"
    async with at_the_keyboard(tmp_path, NARROW) as user:
        await user.press("enter")  # go on with what the place says
        await user.until_open()
        assert "LIVE" in user.screen
        await fill_in(user, "platform_key", known_to(outside, SecretName.PLATFORM_KEY))
        await fill_in(user, "platform_secret", known_to(outside, SecretName.PLATFORM_SECRET))
        await run(user, "prerequisites")
        checks = user.guide.walk.runs["prerequisites"].checks
        assert "user/guide-admin" in str(checks["aws-engineer"].what)
        assert "dedicated" in str(checks["deployment"].what)
        await run(user, "client_certificates")
        await user.press("f5")
        await user.sees("user/guide-admin")  # whose keys, before anything is changed with them
        await run(user, "subdomain")
        assert {"dns-authoritative", "dns-nameserver"} <= set(user.guide.walk.runs["subdomain"].checks)
        await user.press("f5")
        await user.sees("5 of 5 certificates")  # said before anybody is asked
        await run(user, "server_certificate")
        await run(user, "understanding")
        await set_up_by_hand(user, outside, folder)
        await user.press("alt+right")
        await fill_in(user, "password", known_to(outside, SecretName.MQTT_PASSWORD))
        await fill_in(user, "api_key", known_to(outside, SecretName.API_KEY))
        await fill_in(user, "api_secret", known_to(outside, SecretName.API_SECRET))
        await run(user, "connection")
        await run(user, "next_steps")
        await user.press("f2", "s", "enter")
        await user.until((folder / "log.txt").exists, "the log")
        seen = user.app.export_screenshot() + user.screen + user.guide.walk.log.as_text()
        await user.press("escape")
        await take_back_the_cname(user, outside)
    assert secrets_in(tmp_path, seen, outside) == set()
    assert (folder / "report.md").is_file()


def secrets_in(folder: Path, seen: str, running: PracticeWorld) -> set[str]:
    """Return which secret stands where: in a file, or on what was seen."""
    left = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    left["what was seen"] = seen.encode()
    return {
        f"{name} in {place}"
        for name, value in secrets_of(running).items()
        for place, content in left.items()
        if value.encode() in content
    }


async def take_back_the_cname(user: User, outside: PracticeWorld) -> None:
    """Show what can be taken back; keep one piece after reading what follows, take back another."""
    await user.press("ctrl+y")
    await user.until(lambda: isinstance(user.app.screen, UndoScreen), "the pieces")
    screen = user.app.screen
    assert isinstance(screen, UndoScreen)
    await user.until(lambda: len(screen._entries) == 8, "every piece to be looked for")
    await user.press("enter")
    await user.sees("By hand, as it was set up")  # nothing but a hand can take back what a hand did
    await user.press("enter", "down", "down", "down", "enter")
    await user.sees("leads nowhere any more")
    await user.press("enter")  # the answer at hand keeps it
    assert outside.aws.records(DOMAIN, "CNAME")
    await user.press("enter")
    await user.sees("Take it back")
    await user.press("tab", "enter")
    await user.sees("CNAME: ")
    assert not outside.aws.records(DOMAIN, "CNAME")
    await user.press("escape")
    await user.until(lambda: user.guide.walk.standings["subdomain"].state != "done", "the step to be open again")


async def fail(user: User, error: ServiceError) -> None:
    """Let the deployment step have failed, and go to the best remedy."""
    user.guide.walk.take("deployment", Failed(error))
    user.guide.told("deployment")
    await user.sees(error.what)
    user.guide.focus_step()


async def test_a_missing_key_and_a_staging_certificate_are_cured_with_one_key(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    whereabouts.keep_place(Place("mqtt.example.com", "d1234.emqx.cloud"), workspace, utc_now())
    async with at_the_keyboard(tmp_path, WIDE) as user:
        await user.press("enter")
        await user.until_open()
        await user.sees("LIVE, STAGING")
        await user.guide.show_section("deployment")
        user.guide.view.form.set_value("target", "platform")
        await fail(user, ServiceError("emqx-no-credentials", names="EMQX_PLATFORM_KEY"))
        assert "Do it by hand in the console" in user.screen
        await user.press("enter")
        assert user.app.screen.focused is user.guide.view.query_one("#field-platform_key")
        await fail(user, ServiceError("staging-certificate"))
        assert "Upload this one all the same" in user.screen
        await user.press("enter")  # get a real one
        await user.until(lambda: user.guide.section == "server_certificate", "the step that gets it")
        await user.until(lambda: "STAGING" not in user.screen, "the badge of a real one")
    assert read_plan(plan_file(workspace)).acme.server == "production"


async def test_where_it_takes_place_is_changed_later_and_the_steps_go_by_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    whereabouts.keep_place(Place("mqtt.example.com", "d1234.emqx.cloud", profile="work"), workspace, utc_now())
    async with at_the_keyboard(tmp_path) as user:
        await user.press("enter")
        await user.until_open()
        await user.press("ctrl+s")
        await user.sees("Use these")
        user.app.screen.query_one("#field-profile").focus()
        await user.type("other")
        await user.press("enter")
        await user.until(lambda: user.guide.walk.guide.world.aws.profile == "other", "the other profile")
        await user.until_open()
        assert user.guide.walk.guide.world.emqx.address == "d1234.emqx.cloud"
        assert {command.id for command in COMMANDS} >= {"place", "undo"}

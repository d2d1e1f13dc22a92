"""The main journeys in a real browser: Debian's chromium, or the one that BOOTPROOF_CHROMIUM names."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ..audits.shops import finding, report
from ..conftest import Running, serving
from ..mail.mailbox import LINK, Mailbox

PASSWORD = "a long enough phrase"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
Person = Callable[[str], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("BOOTPROOF_CHROMIUM") or shutil.which("chromium")
    if not program:
        said = "no chromium: install Debian's, or name one in BOOTPROOF_CHROMIUM"
        pytest.fail(said) if os.environ.get("BOOTPROOF_BROWSER_NEEDED") else pytest.skip(said)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def server(database: str, box: Mailbox) -> Iterator[Running]:
    with serving(database_url=database, smtp_url=box.url, mail_from="bootproof@example.com") as running:
        yield running


@pytest.fixture
def person(browser: Browser, server: Running) -> Iterator[Person]:
    """A new person's own browser profile; what a page complains of fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def new(scheme: str = "light") -> Page:
        context = browser.new_context(base_url=server.url, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "Failed to load resource" not in said.text else None)
        return page

    yield new
    for each in contexts:
        each.close()
    assert not wrong


def sign_up(page: Page, email: str, start: str = "/signup") -> None:
    page.goto(start)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/signin**")
    sign_in(page, email)


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=email)).to_be_visible()


def link_of(box: Mailbox, to: str, about: str) -> str:
    """The path of the link in somebody's mail; its host is the server's configured one."""
    text = box.wait(to, about).get_content()
    found = LINK.search(text)
    assert found is not None, text
    return "/" + found[0].split("/", 3)[3]


def test_from_the_sign_up_to_the_invitation(person: Person, server: Running, box: Mailbox, tmp_path: Path) -> None:
    alice = person("light")
    sign_up(alice, "alice@example.com")
    alice.goto(link_of(box, "alice@example.com", "erify"))
    alice.get_by_role("button", name="Verify").click()
    expect(alice.get_by_role("status")).to_contain_text("verified")

    alice.goto("/")
    alice.get_by_role("link", name="Make a team").click()
    alice.get_by_label("Name").fill("Platform")
    alice.get_by_role("button", name="Make the team").click()
    alice.get_by_role("link", name="New project").click()
    alice.get_by_label("Name").fill("Shop backend")
    alice.get_by_role("button", name="Make the project").click()
    alice.get_by_label("Name").fill("CI of main")
    alice.get_by_role("button", name="Make the token").click()
    token = alice.locator("#token").inner_text()
    alice.reload()
    assert token not in alice.content(), "it is shown once"

    file = tmp_path / "audit.json"
    file.write_text(json.dumps(report("fails", [finding("orders")])))
    pushed = subprocess.run(
        [sys.executable, "-m", "bootproof.cli.main", "push", str(file), "--server", server.url],
        env={**os.environ, "BOOTPROOF_TOKEN": token, "GITHUB_SHA": "c0ffee12", "GITHUB_REF_NAME": "main"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert pushed.returncode == 0, pushed.stderr

    alice.goto("/")
    expect(alice.get_by_role("main")).to_contain_text("Shop backend")
    alice.get_by_role("link", name="Shop backend").first.click()
    expect(alice.get_by_role("main")).to_contain_text("Has not started since")
    alice.get_by_role("main").get_by_role("link", name=re.compile(r"^\d+$")).first.click()
    expect(alice.get_by_role("main")).to_contain_text("orders.py")
    project = "/teams/platform/projects/shop-backend"

    alice.goto("/teams/platform/members")
    alice.get_by_label("Address").fill("bob@example.com")
    alice.get_by_role("button", name="Invite").click()
    expect(alice.get_by_role("status")).to_contain_text("bob@example.com is invited")
    invitation = link_of(box, "bob@example.com", "")

    bob = person("dark")
    sign_up(bob, "bob@example.com")
    bob.goto(link_of(box, "bob@example.com", "erify"))
    bob.get_by_role("button", name="Verify").click()
    bob.goto(invitation)
    bob.get_by_role("button", name="Join the team").click()
    expect(bob.get_by_role("status")).to_contain_text("Welcome")
    bob.goto(project)
    expect(bob.get_by_role("main")).to_contain_text("Has not started since")

    charlie = person("light")
    sign_up(charlie, "charlie@example.com")
    for path in (project, "/teams/platform", "/teams/platform/members", f"{project}/tokens"):
        answer = charlie.goto(path)
        assert answer is not None and answer.status == 404
        assert "Shop" not in charlie.content()
    charlie.goto(invitation)
    charlie.get_by_role("button", name="Join the team").click()
    charlie.goto("/")
    expect(charlie.get_by_role("main")).to_contain_text("You are in no team yet")


def test_by_keyboard_alone_and_out_again(person: Person, server: Running) -> None:
    page = person("light")
    page.goto("/signup")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.get_by_label("E-mail address").focus()
    for word in ("dora@example.com", "Dora", PASSWORD):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/signin**")
    page.get_by_label("E-mail address").focus()
    for word in ("dora@example.com", PASSWORD):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="dora@example.com")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/account")
    assert "/signin?next=/account" in page.url


def test_what_is_wrong_is_said_at_its_field(person: Person, server: Running) -> None:
    page = person("light")
    page.goto("/signup")
    page.get_by_label("E-mail address").fill("erin@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/signin**")
    sign_in(page, "erin@example.com")
    page.goto("/teams/new")
    page.get_by_label("Name").fill("x" * 300)
    with page.expect_response("**/teams/new") as answered:
        page.get_by_role("button", name="Make the team").click()
    assert answered.value.status == 422
    field = page.get_by_label("Name")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("x" * 300)
    assert field.get_attribute("aria-describedby").split()[0] == "name-error"
    page.get_by_label("Name").fill("!!!")
    page.get_by_role("button", name="Make the team").click()
    expect(page.get_by_role("main")).to_contain_text("needs a letter from a to z or a digit")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(person: Person, server: Running, width: int) -> None:
    page = person("dark")
    page.set_viewport_size({"width": width, "height": 800})
    sign_up(page, "fred@example.com")
    for path in ("/", "/account", "/teams/new", "/signup"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

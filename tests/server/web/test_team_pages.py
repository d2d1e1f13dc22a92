"""A team and its projects by their pages: people invited, roles, names, tokens, badge, and their ends."""

import re

import pytest

from ..conftest import Running
from ..people import run_sql
from .visitors import Visitor

PASSWORD = "a long enough phrase"


def person(server: Running, name: str) -> Visitor:
    """Somebody with a new account, signed in."""
    email = f"{name}@example.com"
    visitor = Visitor(server).go("/signup").send("/signup", email=email, password=PASSWORD, name=name.title())
    return visitor.go("/signin").send("/signin", email=email, password=PASSWORD)


@pytest.fixture
def alice(server: Running) -> Visitor:
    """Alice with a team of hers that has a project."""
    visitor = person(server, "alice").go("/teams/new").send("/teams/new", name="Platform")
    return visitor.go("/teams/platform/projects/new").send("/teams/platform/projects/new", name="Shop")


def test_an_invitation_is_withdrawn_sent_again_and_taken(alice: Visitor, server: Running) -> None:
    members = "/teams/platform/members"
    assert alice.go(members).send(f"{members[:-8]}/invitations", email="no address", role="member").status == 422
    alice.go(members).send("/teams/platform/invitations", email="bob@example.com", role="member")
    link = re.compile(r"/invitations/[A-Za-z0-9_-]+")
    first = next(each for each in link.findall(alice.html) if len(each) > 40)
    number = re.search(r"/invitations/(\d+)/resend", alice.html)
    assert number is not None
    alice.send(f"/teams/platform/invitations/{number[1]}/resend")
    second = next(each for each in link.findall(alice.html) if len(each) > 40)
    assert second != first
    bob = person(server, "bob")
    assert "Platform" not in bob.go(first).send("").go("/").text, "the first link is void"
    assert bob.go(second).send("").status == 403, "whoever joins has proved the address"
    run_sql(server, "UPDATE users SET verified_at = now() WHERE email = 'bob@example.com'")
    assert "Platform" in bob.go(second).send("").go("/").text
    alice.go(members).send("/teams/platform/invitations", email="carol@example.com", role="viewer")
    number = re.search(r"/invitations/(\d+)/withdraw", alice.html)
    assert number is not None
    assert "carol@example.com" not in alice.send(f"/teams/platform/invitations/{number[1]}/withdraw").text


def test_the_last_owner_stays_and_the_team_has_another_name_or_ends(alice: Visitor) -> None:
    members = alice.go("/teams/platform/members")
    own = re.search(r"/members/(\d+)/role", members.html)
    assert own is not None
    for path in (f"/teams/platform/members/{own[1]}/role", f"/teams/platform/members/{own[1]}/remove"):
        alice.go("/teams/platform/members").send(path, role="viewer")
        assert alice.status == 409 and "owner" in alice.text
    settings = "/teams/platform/settings"
    assert alice.go(settings).send(settings, name="").status == 422
    assert "Platform Team" in alice.go(settings).send(settings, name="Platform Team").text
    assert alice.send("/teams/platform/delete", confirm="Platform Team").status == 422
    alice.go(settings).send("/teams/platform/delete", confirm="platform")
    assert alice.go("/teams/platform").status == 404


def test_a_project_by_its_settings(alice: Visitor) -> None:
    at = "/teams/platform/projects/shop"
    settings = f"{at}/settings"
    badge = re.search(r"/badge/[A-Za-z0-9_-]+\.svg", alice.go(settings).html)
    assert badge is not None
    assert alice.send(settings, name="Shop", retention_days="many").status == 422
    assert alice.go(settings).send(settings, name="Shop", retention_days="30").status == 200 and 'value="30"' in alice.html
    alice.go(settings).send(f"{at}/badge")
    assert badge[0] not in alice.go(settings).html
    alice.go(settings).send(settings, name="Till", retention_days="30")
    assert alice.go("/teams/platform/projects/till").status == 200
    assert alice.go("/teams/platform/projects/till/settings").send("/teams/platform/projects/till/delete", confirm="shop").status == 422
    alice.go("/teams/platform/projects/till/settings").send("/teams/platform/projects/till/delete", confirm="till")
    assert alice.go("/teams/platform/projects/till").status == 404


def test_a_token_is_shown_once_and_revoked(alice: Visitor) -> None:
    at = "/teams/platform/projects/shop/tokens"
    assert alice.go(at).send(at, name="", upload="1", days="90").status == 422
    assert alice.go(at).send(at, name="nothing", days="90").status in (409, 422), "it may do something, or is none"
    shown = re.search(r"bp_[0-9a-f]{16}_[A-Za-z0-9_\-]{43}", alice.go(at).send(at, name="CI", upload="1", days="90").html)
    assert shown is not None and shown[0] not in alice.go(at).html
    revoke = re.search(r'action="([^"]+/revoke)"', alice.html)
    assert revoke is not None
    alice.send(revoke[1])
    assert "revoked" in alice.go(at).text and "/revoke" not in alice.html

"""Projects: who may do what, and that a stranger finds nothing."""

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import User
from bootproof.server.organisations.models import Act, Role

from ..conftest import Running
from ..people import TEAM, People, set_role, within

PROJECTS = f"/api/teams/{TEAM}/projects"


def noted(server: Running) -> list[tuple[str, str, str]]:
    """Who did what to which thing, as the log of acts has it."""

    async def read(session: AsyncSession) -> list[tuple[str, str, str]]:
        query = select(User.email, Act.what, Act.about).join(Act, Act.user_id == User.id).order_by(Act.id)
        return [tuple(row) for row in (await session.exec(query)).all()]

    return within(server, read)


def test_a_member_makes_a_project_and_an_admin_changes_and_deletes_it(team: People) -> None:
    made = team.bob.post(PROJECTS, json={"name": " Größe & Shop "})
    assert made.status_code == 201, made.text
    assert made.json()["slug"] == "grosse-shop" and made.json()["name"] == "Größe & Shop" and made.json()["verdict"] == ""
    assert [each["slug"] for each in team.alice.get(PROJECTS).json()] == ["grosse-shop"]
    at = f"{PROJECTS}/grosse-shop"
    assert team.bob.patch(at, json={"name": "Shop"}).status_code == 403
    assert team.bob.delete(at).status_code == 403
    changed = team.alice.patch(at, json={"name": "Shop", "retention_days": 30})
    assert (changed.json()["slug"], changed.json()["retention_days"]) == ("shop", 30)
    assert team.alice.get(at).status_code == 404 and team.bob.get(f"{PROJECTS}/shop").json()["name"] == "Shop"
    assert team.alice.delete(f"{PROJECTS}/shop").status_code == 204
    assert team.alice.get(PROJECTS).json() == []


def test_names_that_cannot_be_are_told(team: People) -> None:
    assert team.bob.post(PROJECTS, json={"name": "Shop"}).status_code == 201
    taken = team.bob.post(PROJECTS, json={"name": "SHOP"})
    assert taken.status_code == 409 and "`shop` already" in taken.json()["detail"]
    assert "letter from a to z" in team.bob.post(PROJECTS, json={"name": "数据"}).json()["detail"]
    for name in ("", "   ", "a\0b", "a\nb", "x" * 101, None, 5):
        assert team.bob.post(PROJECTS, json={"name": name}).status_code == 422, name
    assert team.bob.post(PROJECTS, json={"name": "Till"}).status_code == 201
    assert team.alice.patch(f"{PROJECTS}/till", json={"name": "shop"}).status_code == 409
    assert {each["slug"] for each in team.bob.get(PROJECTS).json()} == {"shop", "till"}


def test_a_viewer_reads_only(team: People, server: Running) -> None:
    assert team.alice.post(PROJECTS, json={"name": "Shop"}).status_code == 201
    set_role(server, "bob@example.com", Role.VIEWER)
    assert team.bob.get(f"{PROJECTS}/shop").status_code == 200
    assert team.bob.post(PROJECTS, json={"name": "Till"}).status_code == 403
    assert team.bob.post(f"{PROJECTS}/shop/tokens", json={"name": "ci", "scopes": ["upload"]}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "", {"name": "Mine"}),
        ("GET", "/shop", None),
        ("PATCH", "/shop", {"name": "Mine"}),
        ("DELETE", "/shop", None),
        ("POST", "/shop/badge", None),
        ("GET", "/shop/tokens", None),
        ("POST", "/shop/tokens", {"name": "ci", "scopes": ["read"]}),
        ("DELETE", "/shop/tokens/0123456789abcdef", None),
    ],
)
def test_a_stranger_finds_nothing_and_nobody_must_sign_in(
    method: str, path: str, body: object, team: People, server: Running
) -> None:
    team.alice.post(PROJECTS, json={"name": "Shop"})
    there = team.charlie.request(method, PROJECTS + path, json=body)
    not_there = team.charlie.request(method, (PROJECTS + path).replace(TEAM, "nowhere"), json=body)
    assert (there.status_code, there.text) == (404, not_there.text)
    with server.client() as nobody:
        assert nobody.request(method, PROJECTS + path, json=body).status_code == 401
    assert [each["name"] for each in team.alice.get(PROJECTS).json()] == ["Shop"]


def test_acts_are_noted_with_what_they_are_about(team: People, server: Running) -> None:
    team.bob.post(PROJECTS, json={"name": "Shop"})
    team.alice.patch(f"{PROJECTS}/shop", json={"name": "Till"})
    token = team.bob.post(f"{PROJECTS}/till/tokens", json={"name": "ci", "scopes": ["read", "upload"]}).json()
    team.bob.delete(f"{PROJECTS}/till/tokens/{token['id']}")
    team.alice.post(f"{PROJECTS}/till/badge")
    team.alice.delete(f"{PROJECTS}/till")
    assert noted(server) == [
        ("bob@example.com", "project-created", "shop"),
        ("alice@example.com", "project-renamed", "shop to till"),
        ("bob@example.com", "token-made", "till: ci (upload, read)"),
        ("bob@example.com", "token-revoked", "till: ci"),
        ("alice@example.com", "badge-rotated", "till"),
        ("alice@example.com", "project-deleted", "till"),
    ]

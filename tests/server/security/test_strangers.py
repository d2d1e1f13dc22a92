"""Every operation of the API by the three permanent people, and by nobody: who may, and that a refusal changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from bootproof.rehearsal.database.postgres import Postgres
from bootproof.server.app import create_app
from bootproof.server.organisations.models import Role
from bootproof.server.settings import read_settings

from ..audits.shops import Shop, new_shop, report
from ..conftest import Running, sharing
from ..people import TEAM, People, people, run_sql, set_role

_ROUTERS = create_app(read_settings(database_url="postgresql://app@localhost/app")).state.routers
OPERATIONS = sorted(
    (method, route.path)
    for router in _ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.path.startswith("/api/")
    for method in route.methods
)
OF_THE_TEAM = [each for each in OPERATIONS if "{slug}" in each[1]]
# What anybody may ask for, and what only the right password, link or token opens.
OPEN = {"/api/auth/signup", "/api/auth/signin", "/api/auth/forgot", "/api/auth/reset"}
BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", "/api/teams/{slug}"): {"name": "Taken"},
    ("PATCH", "/api/teams/{slug}/members/{user_id}"): {"role": "viewer"},
    ("POST", "/api/teams/{slug}/invitations"): {"email": "dora@example.com", "role": "viewer"},
    ("POST", "/api/teams/{slug}/projects"): {"name": "Another"},
    ("PATCH", "/api/teams/{slug}/projects/{name}"): {"name": "Taken"},
    ("POST", "/api/teams/{slug}/projects/{name}/tokens"): {"name": "ci", "scopes": ["read"]},
    ("POST", "/api/teams/{slug}/projects/{name}/webhooks"): {"url": "https://example.com/hook"},
}
# What a viewer may do is to read; these need more even for that.
FOR_ADMINS_TO_READ = {
    "/api/teams/{slug}/acts", "/api/teams/{slug}/invitations", "/api/teams/{slug}/projects/{name}/webhooks",
    "/api/teams/{slug}/projects/{name}/deliveries",
}  # fmt: skip


@pytest.fixture(scope="module")
def running(postgres: Postgres) -> Iterator[Running]:
    with sharing(postgres) as server:
        yield server


@pytest.fixture(scope="module")
def folk(running: Running) -> People:
    return people(running)


@pytest.fixture(scope="module")
def shop(running: Running, folk: People) -> Shop:
    """A project with an audit, a webhook and an invitation, as number 1 each."""
    made = new_shop(running, folk, "Shop")
    assert made.push(report("fails")).status_code == 201
    assert folk.alice.post(f"{made.at}/webhooks", json={"url": "https://example.com/hook"}).status_code == 201
    assert folk.alice.post(f"/api/teams/{TEAM}/invitations", json={"email": "eve@example.com", "role": "viewer"}).status_code == 201
    set_role(running, "bob@example.com", Role.VIEWER)
    return made


def filled(path: str, shop: Shop, team: str = TEAM) -> str:
    known = {
        "slug": team, "name": shop.slug, "audit_id": 1, "token_id": shop.token_id, "number": 1, "user_id": 1, "webhook_id": 1,
    }  # fmt: skip
    return path.format(**known)


def everything(shop: Shop) -> object:
    """All rows of all tables that people's acts change."""
    tables = ("organisations", "memberships", "invitations", "projects", "audits", "webhooks", "deliveries", "acts", "users")
    found = {each: run_sql(shop.running, f"SELECT * FROM {each} ORDER BY 1") for each in tables}
    return {**found, "tokens": run_sql(shop.running, "SELECT id, name, scopes, expires_at, revoked_at FROM tokens ORDER BY 1")}


def test_there_is_something_to_sweep(shop: Shop) -> None:
    assert len(OPERATIONS) > 50 and len(OF_THE_TEAM) > 30
    bodiless = {(method, path) for method, path in OF_THE_TEAM if method in ("POST", "PATCH")} - set(BODIES)
    assert {path.rpartition("/")[2] for _, path in bodiless} == {"resend", "badge", "ping"}, "each that takes a body is given a good one"


@pytest.mark.parametrize(("method", "path"), OF_THE_TEAM)
def test_a_stranger_is_told_the_same_of_what_is_there_and_what_is_not(method: str, path: str, shop: Shop) -> None:
    before = everything(shop)
    body = BODIES.get((method, path))
    there = shop.folk.charlie.request(method, filled(path, shop), json=body)
    not_there = shop.folk.charlie.request(method, filled(path, shop, "no-such-team"), json=body)
    assert (there.status_code, there.text) == (not_there.status_code, not_there.text)
    assert there.status_code == 404 and everything(shop) == before


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_nobody_is_to_sign_in(method: str, path: str, shop: Shop) -> None:
    before = everything(shop)
    with shop.running.client() as client:
        answer = client.request(method, filled(path, shop), json=BODIES.get((method, path), {}))
    assert answer.status_code == (422 if path in OPEN else 401), answer.text
    assert everything(shop) == before


@pytest.mark.parametrize(("method", "path"), OF_THE_TEAM)
def test_a_viewer_reads_and_changes_nothing(method: str, path: str, shop: Shop) -> None:
    if path.endswith("/members/{user_id}") and method == "DELETE":
        return  # who leaves by themselves may: tests of teams
    before = everything(shop)
    answer = shop.folk.bob.request(method, filled(path, shop), json=BODIES.get((method, path)))
    allowed = method == "GET" and path not in FOR_ADMINS_TO_READ
    assert answer.status_code == (200 if allowed else 403), answer.text
    assert everything(shop) == before


@pytest.mark.parametrize(("method", "path"), OF_THE_TEAM)
def test_a_token_reads_its_own_project_only(method: str, path: str, shop: Shop) -> None:
    before = everything(shop)
    own = shop.reader.request(method, filled(path, shop), json=BODIES.get((method, path)))
    reads = method == "GET" and "{name}" in path and not path.endswith(("/tokens", "/webhooks", "/deliveries"))
    assert own.status_code == (200 if reads else 401), own.text
    other = shop.reader.request(method, filled(path, shop, "others"), json=BODIES.get((method, path)))
    assert other.status_code == (403 if reads else 401)
    assert everything(shop) == before


@pytest.mark.parametrize(("method", "path"), [each for each in OF_THE_TEAM if each[0] != "DELETE"])
def test_the_owner_may(method: str, path: str, shop: Shop) -> None:
    """What the others were refused is a thing that can be done: else the sweep would prove nothing."""
    body = BODIES.get((method, path))
    if method == "PATCH" and path.endswith("{user_id}"):
        answer = shop.folk.alice.patch(filled(path, shop).replace("/members/1", "/members/2"), json=body)
    elif method == "PATCH":
        answer = shop.folk.alice.patch(filled(path, shop), json={**body, "name": {"/api/teams/{slug}": "Acme"}.get(path, "Shop")})
    else:
        answer = shop.folk.alice.request(method, filled(path, shop), json=body)
    assert answer.status_code in (200, 201, 202, 204), answer.text

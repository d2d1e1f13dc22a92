"""Every page and every form: who may see it, what it says to a stranger, and that no form of another site is taken."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.routing import APIRoute

from bootproof.server.web.routes import pages

from ..audits.shops import Shop
from ..people import TEAM, run_sql
from .visitors import BROWSER

ROUTES = [route for router in pages() for route in router.routes if isinstance(route, APIRoute)]
READ = sorted(route.path for route in ROUTES if "GET" in route.methods)
FORMS = sorted(route.path for route in ROUTES if "POST" in route.methods)
OF_THE_TEAM = "/teams/{slug}"
OPEN = {"/", "/signup", "/signin", "/signin/code", "/forgot", "/reset/{token}"}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def filled(path: str, shop: Shop) -> str:
    """The path with what there is in the team."""
    newest = max(shop.ids())
    known = {
        "slug": TEAM, "name": shop.slug, "audit_id": newest, "token": "x" * 43, "token_id": shop.token_id, "number": 1, "user_id": 1, "webhook_id": 1,
    }  # fmt: skip
    return path.format(**known)


@pytest.fixture
def nobody(shop: Shop) -> Iterator[httpx2.Client]:
    """A visitor who is not signed in."""
    with shop.running.client(headers={"Accept": BROWSER}) as client:
        yield client


def test_there_are_pages() -> None:
    assert len(READ) >= 20 and len(FORMS) > 25


@pytest.mark.parametrize("path", READ)
def test_who_sees_a_page(path: str, shop: Shop, nobody: httpx2.Client) -> None:
    at = filled(path, shop)
    owner, stranger, visitor = shop.folk.alice.get(at), shop.folk.charlie.get(at), nobody.get(at)
    assert owner.status_code == (303 if path in ("/signin", "/signin/code") else 200), owner.text
    if path.startswith(OF_THE_TEAM):
        assert stranger.status_code == 404, "a stranger is not told that it is there"
        assert stranger.text == shop.folk.charlie.get(at.replace(TEAM, "no-such-team")).text.replace("no-such-team", TEAM)
    if path in OPEN:
        assert visitor.status_code == (303 if path == "/signin/code" else 200)
    else:
        assert (visitor.status_code, visitor.headers.get("location")) == (303, f"/signin?next={at}")


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_without_its_token_or_with_anothers(path: str, shop: Shop) -> None:
    at = filled(path, shop)
    before = _rows(shop)
    anothers = TOKEN.search(shop.folk.bob.get("/account").text)
    assert anothers is not None
    for given in ({}, {"csrf_token": ""}, {"csrf_token": anothers[1]}):
        answer = shop.folk.alice.post(at, data=given)
        assert answer.status_code == 403, answer.text
    from_elsewhere = shop.folk.alice.post(at, data={}, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert from_elsewhere.status_code == 403
    assert _rows(shop) == before


@pytest.mark.parametrize("path", [each for each in FORMS if each.startswith(OF_THE_TEAM)])
def test_a_stranger_with_a_token_of_their_own_changes_nothing(path: str, shop: Shop) -> None:
    own = TOKEN.search(shop.folk.charlie.get("/account").text)
    assert own is not None
    before = _rows(shop)
    given = {"csrf_token": own[1], "name": "Taken", "email": "charlie@example.com", "role": "owner", "upload": "1", "days": "30", "confirm": TEAM}
    assert shop.folk.charlie.post(filled(path, shop), data=given).status_code == 404
    assert _rows(shop) == before


@pytest.mark.parametrize("path", [each for each in READ if each not in ("/signin", "/signin/code")])
def test_pages_run_nothing_that_is_not_their_own(path: str, shop: Shop) -> None:
    answer = shop.folk.alice.get(filled(path, shop))
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:", answer.text)
    assert answer.text.count("<h1") == 1 and '<html lang="en">' in answer.text
    for name in re.findall(r'<(?:input|select)[^>]*\bid="([^"]+)"', answer.text):
        assert f'for="{name}"' in answer.text, f"the field {name} has no label"


def test_what_a_report_says_is_no_markup(shop: Shop) -> None:
    text = shop.folk.bob.get(filled("/teams/{slug}/projects/{name}/audits/{audit_id}", shop)).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_viewer_is_offered_no_form_of_the_project(shop: Shop) -> None:
    from bootproof.server.organisations.models import Role

    from ..people import set_role

    set_role(shop.running, "bob@example.com", Role.VIEWER)
    try:
        for path in ("/teams/{slug}", "/teams/{slug}/projects/{name}/tokens", "/teams/{slug}/members"):
            text = shop.folk.bob.get(filled(path, shop)).text
            assert "New project" not in text and "New token" not in text and "Invite somebody" not in text
        own = TOKEN.search(shop.folk.bob.get("/account").text)
        assert own is not None
        made = shop.folk.bob.post(filled("/teams/{slug}/projects/new", shop), data={"csrf_token": own[1], "name": "Not mine"})
        assert made.status_code == 403
    finally:
        set_role(shop.running, "bob@example.com", Role.MEMBER)


def test_where_a_sign_in_leads_is_always_here(shop: Shop, nobody: httpx2.Client) -> None:
    for given in ("https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "/x\r\nSet-Cookie: a=b"):
        assert 'name="next" value="/"' in nobody.get("/signin", params={"next": given}).text
    assert 'name="next" value="/teams/acme"' in nobody.get("/signin", params={"next": "/teams/acme"}).text


def _rows(shop: Shop) -> list[tuple[object, ...]]:
    """How much there is of everything that a form could change, and the names."""
    tables = ("users", "browser_sessions", "organisations", "memberships", "projects", "audits", "invitations")
    counts = [run_sql(shop.running, f"SELECT count(*) FROM {table}")[0] for table in tables]
    return [*counts, *run_sql(shop.running, "SELECT slug, name FROM projects ORDER BY id"), *run_sql(shop.running, "SELECT role FROM memberships ORDER BY 1")]


def test_a_webhook_is_made_tried_and_deleted_by_its_page(shop: Shop) -> None:
    at = filled("/teams/{slug}/projects/{name}/webhooks", shop)
    alice = shop.folk.alice

    def sent(path: str, **given: str) -> httpx2.Response:
        own = TOKEN.search(alice.get(at).text)
        assert own is not None
        return alice.post(at + path, data={"csrf_token": own[1], **given})

    refused = sent("", url="http://192.168.0.1/x")
    assert refused.status_code == 409 and "begins with https://" in refused.text and 'value="http://192.168.0.1/x"' in refused.text
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", sent("", url="https://hooks.example/very-secret").text)
    listed = alice.get(at).text
    assert secret and secret[0] not in listed and "very-secret" not in listed and "https://hooks.example/…" in listed
    number = alice.get(f"{shop.at}/webhooks").json()[0]["id"]
    assert sent(f"/{number}/ping").status_code == 303 and "ping" in alice.get(at).text
    assert sent(f"/{number}/delete").status_code == 303 and alice.get(f"{shop.at}/webhooks").json() == []
    assert shop.folk.bob.get(at).status_code == 403


def test_every_link_of_a_page_leads_somewhere(shop: Shop) -> None:
    """No page leads to an address that the server does not know."""
    dead = {}
    for path in READ:
        for href in set(re.findall(r'href="(/[^"]*)"', shop.folk.alice.get(filled(path, shop)).text)):
            answer = shop.folk.alice.get(href.replace("&amp;", "&"))
            if answer.status_code >= 400:
                dead[href] = answer.status_code
    assert not dead

"""Invitations: good once, for one address, for seven days."""

from datetime import timedelta

import httpx2
from sqlalchemy import update
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.organisations.models import Invitation
from bootproof.server.tables import now

from ..conftest import Running
from ..people import people, within


def invited(alice: httpx2.Client, email: str = "charlie@example.com") -> tuple[int, str]:
    answer = alice.post("/api/teams/acme/invitations", json={"email": email, "role": "viewer"})
    assert answer.status_code == 201
    return answer.json()["id"], answer.json()["path"].rpartition("/")[2]


def accepts(client: httpx2.Client, token: str) -> int:
    return client.post("/api/invitations/accept", json={"token": token}).status_code


def test_the_invited_person_joins_once_and_nobody_else(server: Running) -> None:
    who = people(server)
    _, token = invited(who.alice, "Charlie@Example.com")
    assert "path" not in str([each for each in who.alice.get("/api/teams/acme/invitations").json() if each["path"]])
    assert accepts(who.bob, token) == 404
    assert accepts(who.charlie, token) == 200
    assert who.charlie.get("/api/teams/acme").json()["role"] == "viewer"
    assert accepts(who.charlie, token) == 404
    assert [each["what"] for each in who.alice.get("/api/teams/acme/acts").json()] == ["joined", "invited"]


def test_sent_again_the_old_link_is_void(server: Running) -> None:
    who = people(server)
    number, old = invited(who.alice)
    again = who.alice.post(f"/api/teams/acme/invitations/{number}/resend").json()["path"].rpartition("/")[2]
    assert accepts(who.charlie, old) == 404
    assert accepts(who.charlie, again) == 200


def test_a_withdrawn_or_expired_one_leads_nowhere(server: Running) -> None:
    who = people(server)
    number, token = invited(who.alice)
    assert who.alice.delete(f"/api/teams/acme/invitations/{number}").status_code == 204
    assert accepts(who.charlie, token) == 404
    number, token = invited(who.alice)

    async def expire(session: AsyncSession) -> None:
        await session.exec(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))

    within(server, expire)
    assert accepts(who.charlie, token) == 404
    assert who.alice.post(f"/api/teams/acme/invitations/{number}/resend").status_code == 200


def test_members_and_the_invited_are_not_invited_twice(server: Running) -> None:
    who = people(server)
    invited(who.alice)
    for email in ("charlie@example.com", "bob@example.com"):
        assert who.alice.post("/api/teams/acme/invitations", json={"email": email}).status_code == 409
    assert who.alice.post("/api/teams/acme/invitations", json={"email": "nobody"}).status_code == 422

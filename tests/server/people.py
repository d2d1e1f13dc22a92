"""The three permanent people: Alice owns the team, Bob is in it, Charlie is a stranger. And what they have."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx2
from sqlalchemy import text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.current import LASTS
from bootproof.server.accounts.models import BrowserSession, User
from bootproof.server.database import Database
from bootproof.server.organisations.models import Membership, Organisation, Role
from bootproof.server.security.secrets import hashed, new_secret
from bootproof.server.tables import now

from .conftest import Running

TEAM = "acme"
Value = TypeVar("Value")


@dataclass(frozen=True)
class People:
    """Clients that are signed in, each by a session of its own."""

    alice: httpx2.Client
    bob: httpx2.Client
    charlie: httpx2.Client


def within(running: Running, work: Callable[[AsyncSession], Awaitable[Value]]) -> Value:
    """What a piece of work gives, done in a session of the server's database."""

    async def done() -> Value:
        database = Database(running.settings)
        try:
            async with database.sessions() as session:
                found = await work(session)
                await session.commit()
                return found
        finally:
            await database.close()

    return asyncio.run(done())


def run_sql(running: Running, statement: str, **given: object) -> list[tuple[object, ...]]:
    """The rows of one statement that is sent to the server's database as it stands."""

    async def run(session: AsyncSession) -> list[tuple[object, ...]]:
        result = await (await session.connection()).execute(text(statement), given)
        return [tuple(row) for row in result] if result.returns_rows else []

    return within(running, run)


def people(running: Running, bob: Role = Role.MEMBER) -> People:
    """Alice and Bob in the team `acme`, Charlie in a team of his own, `others`."""
    cookies = {"alice": new_secret(), "bob": new_secret(), "charlie": new_secret()}

    async def settle(session: AsyncSession) -> None:
        teams = {slug: Organisation(slug=slug, name=slug.title()) for slug in (TEAM, "others")}
        users = {name: User(email=f"{name}@example.com", password_hash="none", verified_at=now()) for name in cookies}
        session.add_all([*teams.values(), *users.values()])
        await session.flush()
        for name, team, role in (("alice", TEAM, Role.OWNER), ("bob", TEAM, bob), ("charlie", "others", Role.OWNER)):
            session.add(Membership(organisation_id=teams[team].id, user_id=users[name].id, role=role))
            session.add(BrowserSession(user_id=users[name].id, token_hash=hashed(cookies[name]), expires_at=now() + LASTS))

    within(running, settle)
    return People(**{name: running.client(cookies={"session": cookie}) for name, cookie in cookies.items()})


def set_role(running: Running, email: str, role: Role) -> None:
    """Gives somebody another role in their team."""

    async def change(session: AsyncSession) -> None:
        query = select(Membership).join(User, User.id == Membership.user_id).where(User.email == email)
        (await session.exec(query)).one().role = role

    within(running, change)

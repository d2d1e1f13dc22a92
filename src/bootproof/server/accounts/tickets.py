"""Links that are sent by mail: good once, for one purpose, for a while. Only a hash of their secret is kept."""

from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import Kind, Ticket
from bootproof.server.security.secrets import hashed, new_secret
from bootproof.server.tables import now

LASTS: dict[Kind, timedelta] = {"verify": timedelta(days=2), "reset": timedelta(hours=1)}


async def issue(session: AsyncSession, user_id: int, kind: Kind, email: str) -> str:
    """The secret of a new link to a person's address. Commits."""
    token = new_secret()
    session.add(Ticket(user_id=user_id, kind=kind, email=email, token_hash=hashed(token), expires_at=now() + LASTS[kind]))
    await session.commit()
    return token


async def holder(session: AsyncSession, token: str, kind: Kind) -> int | None:
    """Whose a link is while it is good; it stays good."""
    query = select(Ticket.user_id).where(Ticket.token_hash == hashed(token), Ticket.kind == kind, Ticket.expires_at > now())
    return (await session.exec(query)).first()


async def redeem(session: AsyncSession, user_id: int, token: str, kind: Kind) -> str | None:
    """The address that a person's link was sent to; None where it is not good. It is not good any more. Does not commit."""
    good = delete(Ticket).where(
        col(Ticket.token_hash) == hashed(token), col(Ticket.kind) == kind, col(Ticket.user_id) == user_id,
        col(Ticket.expires_at) > now(),
    ).returning(col(Ticket.email))  # fmt: skip
    row = (await session.exec(good)).first()
    return None if row is None else str(row[0])


async def void(session: AsyncSession, user_id: int) -> None:
    """Makes every link of a person void. Does not commit."""
    await session.exec(delete(Ticket).where(col(Ticket.user_id) == user_id))

"""Accounts: made, signed in to, signed out of. No HTTP here."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, func, literal_column, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.current import LASTS
from bootproof.server.accounts.models import BrowserSession, Ticket, User
from bootproof.server.security.passwords import Passwords
from bootproof.server.security.secrets import hashed, new_secret
from bootproof.server.tables import now

WAITS = timedelta(minutes=10)  # a session for the second factor
COMMON = frozenset({"password1234", "passwordpassword", "123456789012", "qwertyuiopas", "administrator"})


@dataclass(frozen=True)
class Device:
    """Where a browser signs in from, as its owner is shown it."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Opened:
    """A new session's secret, and whether the session waits for the second factor."""

    token: str = field(repr=False)
    pending: bool


def normal(email: str) -> str:
    """An address as accounts are found by it."""
    return email.strip().lower()


def too_simple(password: str, email: str) -> str:
    """Why a password is refused, "" where it is not."""
    plain = password.strip().lower()
    if plain == normal(email) or plain in COMMON or len(set(plain)) < 4:
        return "This password is too easy to guess."
    return ""


async def sign_up(session: AsyncSession, passwords: Passwords, email: str, password: str, name: str = "") -> bool:
    """Makes an account, and says whether there was none yet. It costs the same either way, the write included. Commits."""
    kept = await passwords.hash(password)
    row = insert(User).values(email=normal(email), name=name, password_hash=kept, created_at=now(), totp_last_used=0)
    same = row.on_conflict_do_update(index_elements=["email"], set_={"email": row.excluded.email})
    made = await session.exec(same.returning(literal_column("xmax = 0")))  # PostgreSQL: 0 in a row that was not updated
    found = bool(made.one()[0])
    await session.commit()
    return found


async def sign_in(session: AsyncSession, passwords: Passwords, email: str, password: str, device: Device) -> Opened | None:
    """A new session; None where address and password are no account's. Commits.

    A person with a second factor gets a session that waits for it.
    """
    user = (await session.exec(select(User).where(User.email == normal(email)))).first()
    await session.commit()  # no connection is held while the hash is computed
    if not await passwords.matches(user.password_hash if user else None, password) or user is None:
        return None
    stronger = await passwords.hash(password) if passwords.outdated(user.password_hash) else user.password_hash
    # Only where it still is the hash that was read: who changes a password ends the sessions, and this one would come after.
    same = (col(User.id) == user.id, col(User.password_hash) == user.password_hash)
    if not (await session.exec(update(User).where(*same).values(password_hash=stronger))).rowcount:
        await session.rollback()
        return None
    assert user.id is not None
    pending = user.totp_confirmed_at is not None
    token = added_session(session, user.id, device, pending=pending)
    await session.commit()
    return Opened(token, pending)


def added_session(session: AsyncSession, user_id: int, device: Device, *, pending: bool = False) -> str:
    """The secret of a new session of a person. Does not commit."""
    token, moment = new_secret(), now()
    lasts = WAITS if pending else LASTS
    session.add(
        BrowserSession(
            user_id=user_id, token_hash=hashed(token), created_at=moment, last_seen_at=moment, expires_at=moment + lasts,
            address=device.address[:64], agent=device.agent[:300], pending=pending,
        )
    )  # fmt: skip
    return token


async def sessions_of(session: AsyncSession, user_id: int) -> list[BrowserSession]:
    """A person's sessions that are good, the last used first. Those that wait for a second factor are not."""
    query = select(BrowserSession).where(BrowserSession.user_id == user_id, BrowserSession.expires_at > now())
    query = query.where(col(BrowserSession.pending).is_(False))
    return list((await session.exec(query.order_by(col(BrowserSession.last_seen_at).desc(), col(BrowserSession.id)))).all())


async def end_session(session: AsyncSession, user_id: int, number: int) -> bool:
    """Ends one session of a person; False where they have none of that number. Commits."""
    gone = delete(BrowserSession).where(col(BrowserSession.id) == number, col(BrowserSession.user_id) == user_id)
    found = await session.exec(gone)
    await session.commit()
    return bool(found.rowcount)


async def end_others(session: AsyncSession, user_id: int, but: int | None) -> int:
    """Ends a person's sessions but one; how many. Commits."""
    gone = delete(BrowserSession).where(col(BrowserSession.user_id) == user_id, col(BrowserSession.id) != (but or 0))
    found = await session.exec(gone)
    await session.commit()
    return int(found.rowcount)


async def forget_expired(session: AsyncSession) -> None:
    """Deletes sessions that are over, and links that are good no more. Does not commit."""
    for kept in (BrowserSession, Ticket):
        await session.exec(delete(kept).where(col(kept.expires_at) < func.now()))

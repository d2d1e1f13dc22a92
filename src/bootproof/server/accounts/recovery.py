"""Proving an address, and getting in again: what a link of a mail does. No HTTP here."""

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts import letters, tickets
from bootproof.server.accounts.models import BrowserSession, User
from bootproof.server.accounts.service import normal
from bootproof.server.mail.message import Mail
from bootproof.server.security.buckets import take
from bootproof.server.security.limits import MAIL_TO, account
from bootproof.server.security.passwords import Passwords
from bootproof.server.tables import now


class Taken(Exception):
    """The address has become another account's."""


async def welcome(session: AsyncSession, origin: str, email: str, *, made: bool) -> Mail | None:
    """The mail that follows a sign-up, whoever made it; None where this address gets too many. Commits."""
    email = normal(email)
    if await take(session, MAIL_TO, account(email)):
        return None
    user_id = await _number(session, email) if made else None
    return letters.already_there(email, origin) if user_id is None else await verification(session, origin, user_id, email)


async def verification(session: AsyncSession, origin: str, user_id: int, to: str) -> Mail:
    """The mail that proves a person's address, or the one that they are to have. Commits."""
    token = await tickets.issue(session, user_id, "verify", to)
    return letters.verification(to, f"{origin}/verify/{token}")


async def reset_mail(session: AsyncSession, origin: str, email: str) -> Mail | None:
    """The mail with which somebody gets in again, None where there is no such account. Commits."""
    user_id = await _number(session, email)
    if user_id is None:
        return None
    token = await tickets.issue(session, user_id, "reset", normal(email))
    return letters.reset(normal(email), f"{origin}/reset/{token}")


async def verify(session: AsyncSession, user: User, token: str) -> str | None:
    """The address that a person has proved, theirs from now on; None where the link is not good. Commits.

    Who proves it must be signed in to the account: else whoever signed up with another's address would only have to wait
    until the other opens the link. Raises `Taken`.
    """
    assert user.id is not None
    email = await tickets.redeem(session, user.id, token, "verify")
    if email is None:
        return None
    if email != user.email:
        await tickets.void(session, user.id)  # those of the old address
    try:
        await session.exec(update(User).where(col(User.id) == user.id).values(email=email, verified_at=now()))
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise Taken from None
    return email


async def reset(session: AsyncSession, passwords: Passwords, token: str, password: str) -> str | None:
    """Sets another password by a link; the account's address, None where the link is not good. Commits.

    The link was sent to the address, so this proves it too. All sessions end, and all other links are void.
    """
    user_id = await tickets.holder(session, token, "reset")
    await session.commit()  # no connection is held while the hash is computed
    if user_id is None:
        return None
    kept = await passwords.hash(password)
    email = await tickets.redeem(session, user_id, token, "reset")
    change = update(User).where(col(User.id) == user_id, col(User.email) == email)  # not if the account has moved meanwhile
    found = None if email is None else await session.exec(change.values(password_hash=kept, verified_at=now()))
    if found is None or not found.rowcount:
        await session.rollback()
        return None
    await _end_all(session, user_id)
    await session.commit()
    return email


async def change_password(session: AsyncSession, passwords: Passwords, user: User, now_: str, then: str, but: int | None) -> bool:
    """Gives a person another password; False where the one that they have now is wrong. Commits.

    Their other sessions end, `but` stays; links of mails are void.
    """
    assert user.id is not None
    if not await passwords.matches(user.password_hash, now_):
        return False
    kept = await passwords.hash(then)
    change = update(User).where(col(User.id) == user.id, col(User.password_hash) == user.password_hash)
    if not (await session.exec(change.values(password_hash=kept))).rowcount:
        await session.rollback()
        return False  # it was changed meanwhile, and is the wrong one now
    await _end_all(session, user.id, but)
    await session.commit()
    return True


async def _number(session: AsyncSession, email: str) -> int | None:
    return (await session.exec(select(User.id).where(User.email == normal(email)))).first()


async def _end_all(session: AsyncSession, user_id: int, but: int | None = None) -> None:
    await session.exec(delete(BrowserSession).where(col(BrowserSession.user_id) == user_id, col(BrowserSession.id) != (but or 0)))
    await tickets.void(session, user_id)

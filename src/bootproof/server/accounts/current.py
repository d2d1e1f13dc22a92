"""Who asks: the person behind a browser's session. Every page and every API of people starts from here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy import bindparam, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import BrowserSession, User
from bootproof.server.database import Session
from bootproof.server.security.secrets import hashed
from bootproof.server.tables import now

LASTS = timedelta(days=14)  # since it was last used
SEEN_EVERY = timedelta(minutes=5)  # how exact `last_seen_at` is: a write for each request would cost more than it tells


_SESSION = (  # built once: to put a statement together takes as long as to send it
    select(BrowserSession, User)
    .join(User, col(User.id) == col(BrowserSession.user_id))
    .where(BrowserSession.token_hash == bindparam("hash"), BrowserSession.expires_at > bindparam("now"))
)


@dataclass(frozen=True)
class Caller:
    """The signed-in person and the session that they came by."""

    user: User
    session: BrowserSession

    @property
    def id(self) -> int:
        """The person's number."""
        assert self.user.id is not None
        return self.user.id


def cookie_name(request: Request) -> str:
    """`__Host-` (RFC 6265bis) binds a cookie to this host and to HTTPS; without HTTPS browsers refuse such a name."""
    return "__Host-session" if request.app.state.settings.secure else "session"


def session_cookie(request: Request) -> str:
    """The cookie of a session, "" where there is none that could be one."""
    token = request.cookies.get(cookie_name(request), "")
    return token if len(token) <= 200 else ""


async def caller_or_none(request: Request, session: Session) -> Caller | None:
    """Who asks, None where nobody is signed in, or the second factor is still to come."""
    found = await _behind(request, session)
    if found is None or found.session.pending:
        return None
    await seen(session, found.session.id, found.session.last_seen_at)
    return found


async def seen(session: AsyncSession, number: int | None, last: datetime) -> None:
    """Notes that the browser of that session was here, which lets it last; not more often than `SEEN_EVERY`. Commits."""
    moment = now()
    if moment - last > SEEN_EVERY:
        change = update(BrowserSession).where(col(BrowserSession.id) == number)
        await session.exec(change.values(last_seen_at=moment, expires_at=moment + LASTS))
        await session.commit()


async def waiting_or_none(request: Request, session: Session) -> Caller | None:
    """Who has shown a password and is still to show the second factor; None where nobody is."""
    found = await _behind(request, session)
    return found if found is not None and found.session.pending else None


async def _behind(request: Request, session: Session) -> Caller | None:
    token = session_cookie(request)
    if not token:
        return None
    found = (await session.exec(_SESSION, params={"hash": hashed(token), "now": now()})).first()
    return None if found is None else Caller(found[1], found[0])


async def caller(found: Annotated[Caller | None, Depends(caller_or_none)]) -> Caller:
    """Who asks. 401 where nobody is signed in; pages turn that into the way to the sign-in."""
    if found is None:
        raise HTTPException(401, "Sign in first.")
    return found


async def waiting(found: Annotated[Caller | None, Depends(waiting_or_none)]) -> Caller:
    """Who is still to show the second factor. 401 where nobody is."""
    if found is None:
        raise HTTPException(401, "Sign in first.")
    return found


SignedIn = Annotated[Caller, Depends(caller)]
MaybeSignedIn = Annotated[Caller | None, Depends(caller_or_none)]
Waiting = Annotated[Caller, Depends(waiting)]
MaybeWaiting = Annotated[Caller | None, Depends(waiting_or_none)]

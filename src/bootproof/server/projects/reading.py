"""Who may use a project: a member by their session, or a token of that very project by `Authorization: Bearer`."""

from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request
from sqlalchemy import and_, bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.current import seen, session_cookie
from bootproof.server.accounts.models import BrowserSession
from bootproof.server.asked import Asked
from bootproof.server.database import Session, Singles
from bootproof.server.inputs import ProjectSlug, TeamSlug
from bootproof.server.organisations.access import NO_PROJECT, NO_TEAM
from bootproof.server.organisations.models import Membership, Organisation
from bootproof.server.projects.models import Project
from bootproof.server.projects.place import Place
from bootproof.server.projects.tokens import Access, Spent, checked
from bootproof.server.security.secrets import hashed
from bootproof.server.tables import now

_LONGEST = 200  # characters of an Authorization header that are looked at
_REFUSAL = "This token gives no access here."
_BEARER = {"WWW-Authenticate": "Bearer"}


_MEMBERSHIP = and_(
    col(Membership.organisation_id) == col(Organisation.id), col(Membership.user_id) == col(BrowserSession.user_id)
)
_READING = Asked(
    select(
        BrowserSession.id, BrowserSession.pending, BrowserSession.last_seen_at,
        Membership.role, Project.id, Project.slug, Project.name,
    )  # type: ignore[call-overload]
    .select_from(BrowserSession)
    .outerjoin(Organisation, col(Organisation.slug) == bindparam("team"))
    .outerjoin(Membership, _MEMBERSHIP)
    .outerjoin(
        Project, and_(col(Project.organisation_id) == col(Membership.organisation_id), col(Project.slug) == bindparam("project"))
    )
    .where(BrowserSession.token_hash == bindparam("hash"), BrowserSession.expires_at > bindparam("now"))
)


def bearer(request: Request) -> str | None:
    """The bearer token of a request, None where it comes without."""
    given = request.headers.get("authorization", "")
    kind, _, token = given[:_LONGEST].partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


async def access(session: AsyncSession, text: str | None, scope: Literal["upload", "read"]) -> Access:
    """What a token gives access to. Raises 401 for one that is not good, 403 without that scope."""
    try:
        found = await checked(session, text or "")
    except Spent as problem:
        raise HTTPException(401, str(problem), _BEARER) from None
    if found is None:
        raise refused()
    if scope not in found.scopes:
        raise HTTPException(403, f"This token has no scope `{scope}`.")
    return found


def refused() -> HTTPException:
    """The answer to a token that is none."""
    return HTTPException(401, _REFUSAL, _BEARER)


async def uploader(request: Request, session: Singles) -> Access:
    """The token with `upload` that a report comes with. Raises 401 and 403.

    Before it refuses it lets the report come in, and go: a client that is still sending when the connection closes
    reads of a broken one, and never the refusal.
    """
    try:
        return await access(session, bearer(request), "upload")
    except HTTPException:
        await session.rollback()  # lets the connection to the database go while a slow client sends
        async for _ in request.stream():
            pass
        raise


async def readable(request: Request, session: Session, slug: TeamSlug, name: ProjectSlug) -> Place:
    """The project of the address, for a member of its team or its own token with `read`.

    A person who is no member gets 404; a token gets the same 403 for another project as for none.
    """
    token = bearer(request)
    if token is None:
        return await _of_member(request, session, slug, name)
    found = await access(session, token, "read")
    if (found.project.team, found.project.slug) != (slug, name):
        raise HTTPException(403, _REFUSAL)
    return found.project


async def _of_member(request: Request, session: AsyncSession, slug: str, name: str) -> Place:
    """By the session's cookie: who asks, whether they are of the team, and the project, in one question to the database."""
    cookie = session_cookie(request)
    rows = await _READING.rows(session, hash=hashed(cookie), now=now(), team=slug, project=name) if cookie else ()
    found = rows[0] if rows else None
    if found is None or found["pending"]:
        raise HTTPException(401, "Sign in first.")
    browser, _, last_seen, role, number, project, title = found
    await seen(session, browser, last_seen)
    if role is None:
        raise HTTPException(404, NO_TEAM)
    if number is None:
        raise HTTPException(404, NO_PROJECT)
    return Place(number, project, title, slug)


Uploader = Annotated[Access, Depends(uploader)]
Reads = Annotated[Place, Depends(readable)]

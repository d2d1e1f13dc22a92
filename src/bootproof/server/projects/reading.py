"""Who may use a project: a member by their session, or a token of that very project by `Authorization: Bearer`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.current import MaybeSignedIn
from bootproof.server.database import Session
from bootproof.server.inputs import ProjectSlug, TeamSlug
from bootproof.server.organisations.access import Member, project_of
from bootproof.server.projects.models import Project
from bootproof.server.projects.tokens import Access, checked

_LONGEST = 200  # characters of an Authorization header that are looked at
_REFUSAL = "This token gives no access here."


@dataclass(frozen=True)
class Readable:
    """A project that the caller may read. `member` is None where a token reads."""

    project: Project
    team: str
    member: Member | None

    @property
    def id(self) -> int:
        """The project's number."""
        assert self.project.id is not None
        return self.project.id


def bearer(request: Request) -> str | None:
    """The bearer token of a request, None where it comes without."""
    given = request.headers.get("authorization", "")
    kind, _, token = given[:_LONGEST].partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


async def access(session: AsyncSession, text: str | None, scope: Literal["upload", "read"]) -> Access:
    """What a token gives access to. Raises 401 for one that is not good, 403 without that scope; in the same words."""
    found = await checked(session, text or "")
    if found is None:
        raise HTTPException(401, _REFUSAL, {"WWW-Authenticate": "Bearer"})
    if scope not in found.scopes:
        raise HTTPException(403, _REFUSAL)
    return found


async def uploader(request: Request, session: Session) -> Access:
    """The token with `upload` that a report comes with. Raises 401 and 403."""
    return await access(session, bearer(request), "upload")


async def readable(request: Request, session: Session, caller: MaybeSignedIn, slug: TeamSlug, name: ProjectSlug) -> Readable:
    """The project of the address, for a member of its team or its own token with `read`.

    A person who is no member gets 404; a token gets the same 403 for another project as for none.
    """
    token = bearer(request)
    if token is None:
        if caller is None:
            raise HTTPException(401, "Sign in first.")
        member, project = await project_of(session, caller.id, slug, name)
        return Readable(project, slug, member)
    found = await access(session, token, "read")
    if (found.team, found.project.slug) != (slug, name):
        raise HTTPException(403, _REFUSAL)
    return Readable(found.project, found.team, None)


Uploader = Annotated[Access, Depends(uploader)]
Reads = Annotated[Readable, Depends(readable)]

"""Projects and their tokens as JSON, for the members of a team."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bootproof.server.accounts.current import SignedIn
from bootproof.server.database import Session
from bootproof.server.inputs import Moment, ProjectSlug, TeamSlug
from bootproof.server.names import Refused
from bootproof.server.organisations.access import NO_PROJECT, member_of, project_of
from bootproof.server.projects import service, tokens
from bootproof.server.projects.models import Project, Token
from bootproof.server.projects.reading import Reads
from bootproof.server.security.addresses import client_address

router = APIRouter(prefix="/api/teams/{slug}/projects", tags=["projects"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


class NewProject(BaseModel):
    """A project that is to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class ChangedProject(BaseModel):
    """What is to be changed of a project; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    retention_days: int | None = Field(None, ge=1, le=3650)


class NewToken(BaseModel):
    """A token that is to be made."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: list[Literal["upload", "read"]] = Field(min_length=1, max_length=2)
    expires_at: Moment | None = None


@dataclass(frozen=True)
class ShownProject:
    """A project, with what its last audit said; `verdict` is "" before the first."""

    slug: str
    name: str
    retention_days: int
    created_at: datetime
    verdict: str
    audited_at: datetime | None
    failing_since: datetime | None
    last_audit_id: int | None
    badge: str

    @classmethod
    def of(cls, project: Project) -> Self:
        """What is shown of a project to who may read it."""
        return cls(
            project.slug, project.name, project.retention_days, project.created_at, project.verdict,
            project.audited_at, project.failing_since, project.last_audit_id, f"/badge/{project.badge_key}.svg",
        )  # fmt: skip


@dataclass(frozen=True)
class ShownToken:
    """A token without its secret; `text` only in the answer to its making."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    text: str | None = None

    @classmethod
    def of(cls, token: Token, text: str | None = None) -> Self:
        """What is shown of a token."""
        return cls(
            token.id, token.name, token.scopes, token.created_at, token.expires_at, token.last_used_at, token.revoked_at, text
        )


@router.get("")
async def projects(caller: SignedIn, session: Session, slug: TeamSlug) -> list[ShownProject]:
    """The projects of the team by name."""
    member = await member_of(session, caller.id, slug)
    return [ShownProject.of(each) for each in await service.list_of(session, member)]


@router.post("", status_code=201)
async def create(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, wanted: NewProject) -> ShownProject:
    """Makes a project. Needs the role member."""
    member = await member_of(session, caller.id, slug)
    try:
        return ShownProject.of(await service.create(session, member, wanted.name, client_address(request)))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None


@router.get("/{name}")
async def project(reads: Reads, session: Session) -> ShownProject:
    """One project."""
    found = await session.get(Project, reads.id)
    if found is None:  # deleted a moment ago
        raise HTTPException(404, NO_PROJECT)
    return ShownProject.of(found)


@router.patch("/{name}")
async def change(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, wanted: ChangedProject
) -> ShownProject:
    """Renames a project, and its address with it, or changes for how many days it keeps audits. Needs the role admin."""
    member, found = await project_of(session, caller.id, slug, name)
    try:
        await service.change(session, member, found, wanted.name, wanted.retention_days, client_address(request))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    return ShownProject.of(found)


@router.delete("/{name}", status_code=204)
async def delete(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> None:
    """Deletes a project with all its audits and tokens. Needs the role admin."""
    member, found = await project_of(session, caller.id, slug, name)
    await service.delete(session, member, found, client_address(request))


@router.post("/{name}/badge")
async def rotate_badge(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> ShownProject:
    """Gives the badge another address; the old one shows nothing any more. Needs the role admin."""
    member, found = await project_of(session, caller.id, slug, name)
    await service.rotate_badge(session, member, found, client_address(request))
    return ShownProject.of(found)


@router.get("/{name}/tokens")
async def list_tokens(caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> list[ShownToken]:
    """The tokens of the project, revoked ones last. A secret is never shown again."""
    _, found = await project_of(session, caller.id, slug, name)
    return [ShownToken.of(each) for each in await tokens.list_of(session, found)]


@router.post("/{name}/tokens", status_code=201)
async def make_token(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, wanted: NewToken
) -> ShownToken:
    """Makes a token; its `text` is shown this once. Needs the role member."""
    member, found = await project_of(session, caller.id, slug, name)
    address = client_address(request)
    try:
        made = await tokens.create(session, member, found, wanted.name, wanted.scopes, wanted.expires_at, address)
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    return ShownToken.of(made.token, made.text)


@router.delete("/{name}/tokens/{token_id}", status_code=204)
async def revoke_token(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, token_id: TokenId
) -> None:
    """Makes a token worthless at once. Needs the role member."""
    member, found = await project_of(session, caller.id, slug, name)
    if not await tokens.revoke(session, member, found, token_id, client_address(request)):
        raise HTTPException(404, "There is no such token.")

"""Teams as JSON: organisations, their members, and what was done in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from bootproof.server.accounts.current import SignedIn
from bootproof.server.database import Session
from bootproof.server.inputs import TeamSlug
from bootproof.server.names import Refused
from bootproof.server.organisations import service
from bootproof.server.organisations.access import Member, member_of
from bootproof.server.organisations.models import Role
from bootproof.server.organisations.service import ActLine, MemberLine
from bootproof.server.security.addresses import client_address

router = APIRouter(prefix="/api/teams", tags=["teams"])

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class Named(BaseModel):
    """A team's name."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class GivenRole(BaseModel):
    """A role that somebody is to have."""

    model_config = ConfigDict(extra="forbid")

    role: Role


@dataclass(frozen=True)
class ShownTeam:
    """A team, and what the caller is in it."""

    slug: str
    name: str
    role: Role
    created_at: datetime

    @classmethod
    def of(cls, member: Member) -> Self:
        """What a member is shown of their team."""
        return cls(member.organisation.slug, member.organisation.name, member.role, member.organisation.created_at)


@router.get("")
async def teams(caller: SignedIn, session: Session) -> list[ShownTeam]:
    """The caller's teams by name."""
    return [ShownTeam.of(each) for each in await service.teams_of(session, caller.id)]


@router.post("", status_code=201)
async def create(request: Request, caller: SignedIn, session: Session, wanted: Named) -> ShownTeam:
    """Makes a team; the caller owns it."""
    try:
        return ShownTeam.of(await service.create(session, caller.id, wanted.name, client_address(request)))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None


@router.get("/{slug}")
async def team(caller: SignedIn, session: Session, slug: TeamSlug) -> ShownTeam:
    """One team of the caller's."""
    return ShownTeam.of(await member_of(session, caller.id, slug))


@router.patch("/{slug}")
async def rename(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, wanted: Named) -> ShownTeam:
    """Renames a team; its address stays. Needs the role admin."""
    member = await member_of(session, caller.id, slug)
    await service.rename(session, member, wanted.name, client_address(request))
    return ShownTeam.of(member)


@router.delete("/{slug}", status_code=204)
async def delete(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> None:
    """Deletes a team with all its projects. Needs the role owner."""
    await service.delete(session, await member_of(session, caller.id, slug), client_address(request))


@router.get("/{slug}/members")
async def members(caller: SignedIn, session: Session, slug: TeamSlug) -> list[MemberLine]:
    """Everybody in the team."""
    return await service.members(session, await member_of(session, caller.id, slug))


@router.patch("/{slug}/members/{user_id}", status_code=204)
async def change_role(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, user_id: Number, wanted: GivenRole
) -> None:
    """Gives a member another role. Needs the role admin; to make or change an owner, the role owner."""
    member = await member_of(session, caller.id, slug)
    try:
        done = await service.change_role(session, member, user_id, wanted.role, client_address(request))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    if not done:
        raise HTTPException(404, "There is no such member.")


@router.delete("/{slug}/members/{user_id}", status_code=204)
async def remove(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, user_id: Number) -> None:
    """Takes a member out of the team; the caller may always leave. Others need the role admin, and owner for an owner."""
    member = await member_of(session, caller.id, slug)
    try:
        done = await service.remove(session, member, user_id, client_address(request))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    if not done:
        raise HTTPException(404, "There is no such member.")


@router.get("/{slug}/acts")
async def acts(
    caller: SignedIn,
    session: Session,
    slug: TeamSlug,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> list[ActLine]:
    """What was done in the team, the newest first. `before`: the last act of the page before. Needs the role admin."""
    return await service.acts(session, await member_of(session, caller.id, slug), before, limit)

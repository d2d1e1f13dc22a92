"""Invitations to a team as JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.current import Caller, SignedIn
from bootproof.server.accounts.service import normal
from bootproof.server.database import Session
from bootproof.server.inputs import TeamSlug
from bootproof.server.mail.message import Mail
from bootproof.server.mail.post import Outgoing
from bootproof.server.names import Refused
from bootproof.server.organisations import invitations, letters
from bootproof.server.organisations.access import Member, member_of
from bootproof.server.organisations.api import Number
from bootproof.server.organisations.invitations import Sent
from bootproof.server.organisations.models import Invitation, Role
from bootproof.server.security.addresses import client_address
from bootproof.server.security.buckets import take

router = APIRouter(prefix="/api", tags=["invitations"])

Email = Annotated[EmailStr, AfterValidator(normal)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class NewInvitation(BaseModel):
    """Who is to be invited, and as what."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    role: Role = Role.MEMBER


class Link(BaseModel):
    """The secret of an invitation's link."""

    model_config = ConfigDict(extra="forbid")

    token: Secret


@dataclass(frozen=True)
class ShownInvitation:
    """An invitation; `path`, where it is accepted, only in the answer to its making or sending."""

    id: int
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime
    path: str | None = None

    @classmethod
    def of(cls, found: Invitation, path: str | None = None) -> Self:
        """What an admin is shown of an invitation."""
        return cls(found.id or 0, found.email, Role(found.role), found.created_at, found.expires_at, path)

    @classmethod
    def sent(cls, sent: Sent) -> Self:
        """An invitation with its link."""
        return cls.of(sent.invitation, _path(sent))


@dataclass(frozen=True)
class Joined:
    """The team that an invitation led to."""

    slug: str


@router.get("/teams/{slug}/invitations")
async def pending(caller: SignedIn, session: Session, slug: TeamSlug) -> list[ShownInvitation]:
    """The invitations that nobody has accepted yet. Needs the role admin."""
    member = await member_of(session, caller.id, slug)
    return [ShownInvitation.of(each) for each in await invitations.pending(session, member)]


@router.post("/teams/{slug}/invitations", status_code=201)
async def invite(
    request: Request, caller: SignedIn, session: Session, post: Outgoing, slug: TeamSlug, wanted: NewInvitation
) -> ShownInvitation:
    """Invites somebody, by mail; the link is told this once. Needs the role admin, and owner to invite an owner."""
    member = await member_of(session, caller.id, slug)
    member.need(Role.ADMIN)
    await _limited(session, caller.id)
    try:
        sent = await invitations.invite(session, member, wanted.email, wanted.role, client_address(request))
    except Refused as refusal:
        raise HTTPException(409, str(refusal)) from None
    post.send(_letter(request, caller, member, sent))
    return ShownInvitation.sent(sent)


@router.post("/teams/{slug}/invitations/{number}/resend")
async def resend(
    request: Request, caller: SignedIn, session: Session, post: Outgoing, slug: TeamSlug, number: Number
) -> ShownInvitation:
    """Gives an invitation another link and its full time again; the old link is void. Needs the role admin."""
    member = await member_of(session, caller.id, slug)
    member.need(Role.ADMIN)
    await _limited(session, caller.id)
    sent = await invitations.resend(session, member, number, client_address(request))
    if sent is None:
        raise HTTPException(404, "There is no such invitation.")
    post.send(_letter(request, caller, member, sent))
    return ShownInvitation.sent(sent)


@router.delete("/teams/{slug}/invitations/{number}", status_code=204)
async def withdraw(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, number: Number) -> None:
    """Makes an invitation void. Needs the role admin."""
    member = await member_of(session, caller.id, slug)
    if not await invitations.withdraw(session, member, number, client_address(request)):
        raise HTTPException(404, "There is no such invitation.")


@router.post("/invitations/accept")
async def accept(request: Request, caller: SignedIn, session: Session, link: Link) -> Joined:
    """Joins the team of an invitation to the caller's own address."""
    joined = await invitations.accept(session, caller.user, link.token, client_address(request))
    if joined is None:
        raise HTTPException(404, "This invitation is not for you, or not good any more.")
    return Joined(joined.slug)


def _letter(request: Request, caller: Caller, member: Member, sent: Sent) -> Mail:
    link = f"{request.app.state.settings.origin}{_path(sent)}"
    return letters.invitation(sent.invitation.email, member.organisation.name, caller.user.email, link, invitations.LASTS.days)


def _path(sent: Sent) -> str:
    return f"/invitations/{sent.token}"


async def _limited(session: AsyncSession, user_id: int) -> None:
    wait = await take(session, invitations.SENT, str(user_id))
    if wait:
        raise HTTPException(429, "You have sent many invitations. Wait a while.", {"Retry-After": str(wait)})

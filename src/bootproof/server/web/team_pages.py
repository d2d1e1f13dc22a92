"""Pages of a team: made, looked at, its members, invitations and acts."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts.current import SignedIn
from bootproof.server.database import Session
from bootproof.server.inputs import TeamSlug
from bootproof.server.mail.post import Outgoing
from bootproof.server.organisations import api, invitations, invitations_api, service
from bootproof.server.organisations.access import member_of
from bootproof.server.organisations.api import GivenRole, Named, Number
from bootproof.server.organisations.invitations_api import NewInvitation
from bootproof.server.organisations.models import Role
from bootproof.server.security.forms import CHECKED
from bootproof.server.web.forms import Refusal, Refused, done, fields_of, read
from bootproof.server.web.pages import page, to
from bootproof.server.web.wall import wall_of

router = APIRouter(prefix="/teams", include_in_schema=False)


@router.get("/new", response_class=HTMLResponse)
async def new(request: Request, caller: SignedIn) -> HTMLResponse:
    """The form of a new team."""
    return page(request, "team_new.html", caller=caller)


@router.post("/new", dependencies=CHECKED)
async def make(request: Request, caller: SignedIn, session: Session) -> Response:
    """Makes a team."""
    given = await fields_of(request)
    try:
        made = await done(api.create(request, caller, session, read(Named, given)), given)
    except Refused as refused:
        return page(request, "team_new.html", refused.refusal.code, caller=caller, refusal=refused.refusal)
    return to(f"/teams/{made.slug}", "made")


@router.get("/{slug}", response_class=HTMLResponse)
async def team(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> HTMLResponse:
    """A team's services."""
    member = await member_of(session, caller.id, slug)
    return page(request, "team.html", caller=caller, member=member, team=await wall_of(session, member), tab="services")


@router.get("/{slug}/members", response_class=HTMLResponse)
async def people(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> HTMLResponse:
    """Who is in the team and who is invited."""
    return await _people(request, caller, session, slug)


@router.post("/{slug}/members/{user_id}/role", dependencies=CHECKED)
async def change_role(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, user_id: Number) -> Response:
    """Gives a member another role."""
    given = await fields_of(request)
    try:
        await done(api.change_role(request, caller, session, slug, user_id, read(GivenRole, given)))
    except Refused as refused:
        return await _people(request, caller, session, slug, refused.refusal)
    return to(f"/teams/{slug}/members", "changed")


@router.post("/{slug}/members/{user_id}/remove", dependencies=CHECKED)
async def remove(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, user_id: Number) -> Response:
    """Takes a member out of the team, or the caller themselves."""
    try:
        await done(api.remove(request, caller, session, slug, user_id))
    except Refused as refused:
        return await _people(request, caller, session, slug, refused.refusal)
    return to("/" if user_id == caller.id else f"/teams/{slug}/members", "left")


@router.post("/{slug}/invitations", dependencies=CHECKED)
async def invite(request: Request, caller: SignedIn, session: Session, post: Outgoing, slug: TeamSlug) -> Response:
    """Invites somebody; the link is shown this once."""
    given = await fields_of(request)
    try:
        sent = await done(invitations_api.invite(request, caller, session, post, slug, read(NewInvitation, given)), given)
    except Refused as refused:
        return await _people(request, caller, session, slug, refused.refusal)
    return await _people(request, caller, session, slug, sent=sent)


@router.post("/{slug}/invitations/{number}/resend", dependencies=CHECKED)
async def resend(
    request: Request, caller: SignedIn, session: Session, post: Outgoing, slug: TeamSlug, number: Number
) -> Response:
    """Sends an invitation again, with another link."""
    try:
        sent = await done(invitations_api.resend(request, caller, session, post, slug, number))
    except Refused as refused:
        return await _people(request, caller, session, slug, refused.refusal)
    return await _people(request, caller, session, slug, sent=sent)


@router.post("/{slug}/invitations/{number}/withdraw", dependencies=CHECKED)
async def withdraw(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, number: Number) -> Response:
    """Makes an invitation void."""
    try:
        await done(invitations_api.withdraw(request, caller, session, slug, number))
    except Refused as refused:
        return await _people(request, caller, session, slug, refused.refusal)
    return to(f"/teams/{slug}/members", "withdrawn")


@router.get("/{slug}/acts", response_class=HTMLResponse)
async def acts(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, before: int | None = None) -> HTMLResponse:
    """What was done in the team."""
    member = await member_of(session, caller.id, slug)
    before = before if before is not None and 0 < before < 2**63 else None
    found = await service.acts(session, member, before, _ACTS + 1)
    more = found[_ACTS - 1].id if len(found) > _ACTS else None
    return page(request, "acts.html", caller=caller, member=member, acts=found[:_ACTS], more=more, tab="acts")


@router.get("/{slug}/settings", response_class=HTMLResponse)
async def settings(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> HTMLResponse:
    """The team's name, and its end."""
    member = await member_of(session, caller.id, slug)
    member.need(Role.ADMIN)
    return page(request, "team_settings.html", caller=caller, member=member, tab="settings")


@router.post("/{slug}/settings", dependencies=CHECKED)
async def rename(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> Response:
    """Renames the team."""
    given = await fields_of(request)
    try:
        await done(api.rename(request, caller, session, slug, read(Named, given)), given)
    except Refused as refused:
        member = await member_of(session, caller.id, slug)
        known: dict[str, Any] = {"caller": caller, "member": member, "tab": "settings", "refusal": refused.refusal}
        return page(request, "team_settings.html", refused.refusal.code, **known)
    return to(f"/teams/{slug}/settings", "saved")


@router.post("/{slug}/delete", dependencies=CHECKED)
async def delete(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> Response:
    """Deletes the team, where its name was written out."""
    member = await member_of(session, caller.id, slug)
    if (await fields_of(request)).get("confirm", "").strip() != slug:
        refusal = Refusal(422, "", {"confirm": f"Write `{slug}` to delete the team with all its projects."})
        known: dict[str, Any] = {"caller": caller, "member": member, "tab": "settings", "refusal": refusal}
        return page(request, "team_settings.html", 422, **known)
    await api.delete(request, caller, session, slug)
    return to("/", "gone")


_ACTS = 50


async def _people(
    request: Request, caller: SignedIn, session: Session, slug: str,
    refusal: Refusal | None = None, sent: invitations_api.ShownInvitation | None = None,
) -> HTMLResponse:  # fmt: skip
    member = await member_of(session, caller.id, slug)
    admin = member.role.may(Role.ADMIN)
    return page(
        request, "members.html", refusal.code if refusal else 200, caller=caller, member=member, tab="members",
        members=await service.members(session, member), roles=[each.value for each in Role], admin=admin, refusal=refusal,
        invitations=await invitations.pending(session, member) if admin else [],
        link=f"{request.app.state.settings.origin}{sent.path}" if sent else "", sent=sent,
    )  # fmt: skip

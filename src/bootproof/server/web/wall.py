"""The first page: what this server is, or the wall of all services with their state."""

from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from bootproof.server.accounts.current import MaybeSignedIn
from bootproof.server.audits.links import audit_path, project_path
from bootproof.server.audits.timeline import timelines
from bootproof.server.database import Session
from bootproof.server.organisations import service as organisations
from bootproof.server.organisations.access import Member
from bootproof.server.projects import service as projects
from bootproof.server.projects.models import Project
from bootproof.server.web.drawing import Drawn, timeline
from bootproof.server.web.pages import page

router = APIRouter(include_in_schema=False)
_POINTS = 24
_ORDER = {"fails": 0, "unproved": 1, "starts": 2, "": 3}  # what needs somebody comes first


@dataclass(frozen=True)
class Card:
    """One service on the wall."""

    project: Project
    href: str
    drawn: Drawn


@dataclass(frozen=True)
class Team:
    """One team's part of the wall."""

    member: Member
    cards: list[Card]


@router.get("/", response_class=HTMLResponse)
async def first(request: Request, caller: MaybeSignedIn, session: Session) -> HTMLResponse:
    """The wall of the caller's teams; for who is not signed in, what this is."""
    if caller is None:
        return page(request, "welcome.html")
    teams = [await wall_of(session, each) for each in await organisations.teams_of(session, caller.id)]
    return page(request, "wall.html", caller=caller, teams=teams)


async def wall_of(session: Session, member: Member) -> Team:
    """A team's services, those that fail first."""
    found = sorted(await projects.list_of(session, member), key=lambda each: _ORDER[each.verdict])
    points = await timelines(session, [each.id or 0 for each in found], _POINTS)
    slug = member.organisation.slug
    cards = [
        Card(each, project_path(slug, each.slug), timeline(points[each.id or 0], partial(audit_path, slug, each.slug)))
        for each in found
    ]
    return Team(member, cards)

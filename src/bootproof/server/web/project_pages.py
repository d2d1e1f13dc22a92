"""Pages of a project: made, its history, its settings and tokens."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts.current import SignedIn
from bootproof.server.audits import service as audits
from bootproof.server.audits.links import audit_path, project_path
from bootproof.server.audits.service import BadCursor, Filter
from bootproof.server.audits.timeline import flaky, since_failing, timelines
from bootproof.server.database import Session
from bootproof.server.inputs import ProjectSlug, TeamSlug
from bootproof.server.organisations.access import member_of, project_of
from bootproof.server.organisations.models import Role
from bootproof.server.projects import api, tokens
from bootproof.server.projects.api import ChangedProject, NewProject, NewToken, ShownToken, TokenId
from bootproof.server.security.forms import CHECKED
from bootproof.server.web.drawing import plot, timeline
from bootproof.server.web.forms import Refusal, Refused, done, fields_of, read
from bootproof.server.web.pages import page, to

router = APIRouter(prefix="/teams/{slug}/projects", include_in_schema=False)
_POINTS = 60
_DAYS = {"30": 30, "90": 90, "365": 365, "never": None}


@router.get("/new", response_class=HTMLResponse)
async def new(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> HTMLResponse:
    """The form of a new project."""
    member = await member_of(session, caller.id, slug)
    member.need(Role.MEMBER)
    return page(request, "project_new.html", caller=caller, member=member)


@router.post("/new", dependencies=CHECKED)
async def make(request: Request, caller: SignedIn, session: Session, slug: TeamSlug) -> Response:
    """Makes a project, and leads on to its tokens."""
    member = await member_of(session, caller.id, slug)
    given = await fields_of(request)
    try:
        made = await done(api.create(request, caller, session, slug, read(NewProject, given)), given)
    except Refused as refused:
        known: dict[str, Any] = {"caller": caller, "member": member, "refusal": refused.refusal}
        return page(request, "project_new.html", refused.refusal.code, **known)
    return to(f"{project_path(slug, made.slug)}/tokens", "made")


@router.get("/{name}", response_class=HTMLResponse)
async def history(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> HTMLResponse:
    """How the project fared, and its audits, filtered by what the address asks for."""
    member, project = await project_of(session, caller.id, slug, name)
    number = project.id or 0
    asked = {key: value.strip() for key, value in request.query_params.items() if value.strip()}
    verdict = asked.get("verdict") if asked.get("verdict") in ("starts", "fails", "unproved") else None
    wanted = Filter(verdict=verdict, branch=_plain(asked, "branch"), code=_plain(asked, "code"), text=_plain(asked, "text"))
    try:
        found = await audits.history(session, number, wanted, asked.get("cursor", "")[:200])
    except BadCursor:
        raise HTTPException(404, "There is no such page.") from None
    points = (await timelines(session, [number], _POINTS))[number]
    filters = {key: value for key, value in asked.items() if key in ("verdict", "branch", "code", "text")}
    return page(
        request, "project.html", caller=caller, member=member, project=project, tab="history", found=found, filters=filters,
        drawn=timeline(points, partial(audit_path, slug, project.slug)), plot=plot(points),
        failing=await since_failing(session, number), flaky=await flaky(session, number, 5),
        older=f"?{urlencode({**filters, 'cursor': found.next})}" if found.next else "",
    )  # fmt: skip


@router.get("/{name}/settings", response_class=HTMLResponse)
async def settings(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> HTMLResponse:
    """The project's name, how long it keeps audits, its badge, its end."""
    return await _settings(request, caller, session, slug, name)


@router.post("/{name}/settings", dependencies=CHECKED)
async def change(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> Response:
    """Changes them."""
    given = await fields_of(request)
    try:
        changed = await done(api.change(request, caller, session, slug, name, read(ChangedProject, given)), given)
    except Refused as refused:
        return await _settings(request, caller, session, slug, name, refused.refusal)
    return to(f"{project_path(slug, changed.slug)}/settings", "saved")


@router.post("/{name}/badge", dependencies=CHECKED)
async def rotate(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> Response:
    """Gives the badge another address."""
    await api.rotate_badge(request, caller, session, slug, name)
    return to(f"{project_path(slug, name)}/settings", "rotated")


@router.post("/{name}/delete", dependencies=CHECKED)
async def delete(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> Response:
    """Deletes the project, where its address was written out."""
    if (await fields_of(request)).get("confirm", "").strip() != name:
        refusal = Refusal(422, "", {"confirm": f"Write `{name}` to delete the project with all its audits."})
        return await _settings(request, caller, session, slug, name, refusal)
    await api.delete(request, caller, session, slug, name)
    return to(f"/teams/{slug}", "gone")


@router.get("/{name}/tokens", response_class=HTMLResponse)
async def list_tokens(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> HTMLResponse:
    """The project's tokens, and how to push with one."""
    return await _tokens(request, caller, session, slug, name)


@router.post("/{name}/tokens", dependencies=CHECKED)
async def make_token(request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug) -> Response:
    """Makes a token, which is shown this once."""
    given = await fields_of(request)
    days = _DAYS.get(given.get("days", "90"), 90)
    wanted: dict[str, Any] = {
        "name": given.get("name", ""),
        "scopes": [each for each in ("upload", "read") if given.get(each)],
        "expires_at": None if days is None else datetime.now(UTC) + timedelta(days=days),
    }
    try:
        made = await done(api.make_token(request, caller, session, slug, name, read(NewToken, wanted)), wanted)
    except Refused as refused:
        return await _tokens(request, caller, session, slug, name, refused.refusal)
    return await _tokens(request, caller, session, slug, name, made=made)


@router.post("/{name}/tokens/{token_id}/revoke", dependencies=CHECKED)
async def revoke(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, token_id: TokenId
) -> Response:
    """Makes a token worthless."""
    await api.revoke_token(request, caller, session, slug, name, token_id)
    return to(f"{project_path(slug, name)}/tokens", "revoked")


async def _settings(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, refusal: Refusal | None = None
) -> HTMLResponse:
    member, project = await project_of(session, caller.id, slug, name)
    member.need(Role.ADMIN)
    badge = f"{request.app.state.settings.origin}/badge/{project.badge_key}.svg"
    return page(
        request, "project_settings.html", refusal.code if refusal else 200, caller=caller, member=member, project=project,
        tab="settings", badge=badge, refusal=refusal,
    )  # fmt: skip


async def _tokens(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug,
    refusal: Refusal | None = None, made: ShownToken | None = None,
) -> HTMLResponse:  # fmt: skip
    member, project = await project_of(session, caller.id, slug, name)
    found = [(each, tokens.good(each)) for each in await tokens.list_of(session, project)]
    return page(
        request, "tokens.html", refusal.code if refusal else 200, caller=caller, member=member, project=project, tab="tokens",
        tokens=found, made=made, refusal=refusal, origin=request.app.state.settings.origin,
    )  # fmt: skip


def _plain(asked: dict[str, str], name: str) -> str | None:
    value = asked.get(name, "").replace("\0", "")[:200]
    return value or None

"""The page that an invitation's link leads to."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts.current import SignedIn
from bootproof.server.database import Session
from bootproof.server.organisations import invitations_api
from bootproof.server.organisations.invitations_api import Link
from bootproof.server.security.forms import CHECKED
from bootproof.server.web.forms import Refused, done, read
from bootproof.server.web.pages import page, to

router = APIRouter(prefix="/invitations", include_in_schema=False)


@router.get("/{token}", response_class=HTMLResponse)
async def invitation(request: Request, caller: SignedIn, token: str) -> HTMLResponse:
    """Asks whether the caller joins. Nothing is told of the team: the link may be another's."""
    return page(request, "invitation.html", caller=caller)


@router.post("/{token}", dependencies=CHECKED)
async def accept(request: Request, caller: SignedIn, session: Session, token: str) -> Response:
    """Joins the team."""
    try:
        joined = await done(invitations_api.accept(request, caller, session, read(Link, {"token": token})))
    except Refused as refused:
        return page(request, "invitation.html", refused.refusal.code, caller=caller, refusal=refused.refusal)
    return to(f"/teams/{joined.slug}", "joined")

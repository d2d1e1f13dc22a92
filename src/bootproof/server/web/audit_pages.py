"""Pages of one audit: what it proved, drawn; what changed since the one before."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts.current import SignedIn
from bootproof.server.audits import api, service
from bootproof.server.audits.comparing import compare
from bootproof.server.audits.links import project_path
from bootproof.server.audits.service import AuditLine
from bootproof.server.database import Session
from bootproof.server.inputs import AuditId, ProjectSlug, TeamSlug
from bootproof.server.organisations.access import project_of
from bootproof.server.security.forms import CHECKED
from bootproof.server.web.pages import page, to

router = APIRouter(prefix="/teams/{slug}/projects/{name}/audits", include_in_schema=False)


@router.get("/{audit_id}", response_class=HTMLResponse)
async def audit(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, audit_id: AuditId
) -> HTMLResponse:
    """One audit: verdict, stages, findings with old and new code side by side and the trials that prove them."""
    member, project = await project_of(session, caller.id, slug, name)
    line = await _line(session, project.id or 0, audit_id)
    report = await service.document(session, project.id or 0, audit_id) or {}
    older = await service.before(session, project.id or 0, line)
    return page(
        request, "audit.html", caller=caller, member=member, project=project, audit=line, older=older, report=report,
        pressing=_of(report, True), advice=_of(report, False), names=_names(report),
    )  # fmt: skip


@router.get("/{audit_id}/changes", response_class=HTMLResponse)
async def changes(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, audit_id: AuditId, since: str = ""
) -> HTMLResponse:
    """What is new, gone and still there since another audit, or since the one before."""
    member, project = await project_of(session, caller.id, slug, name)
    line = await _line(session, project.id or 0, audit_id)
    number = int(since) if since.isascii() and since.isdigit() and len(since) < 18 else None
    older = await (
        service.before(session, project.id or 0, line) if number is None else _line(session, project.id or 0, number)
    )
    found = await compare(session, project.id or 0, older.id if older else None, audit_id)
    return page(
        request, "changes.html", caller=caller, member=member, project=project, audit=line, older=older, changes=found
    )


@router.post("/{audit_id}/delete", dependencies=CHECKED)
async def delete(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, audit_id: AuditId
) -> Response:
    """Deletes the audit."""
    await api.delete(request, caller, session, slug, name, audit_id)
    return to(project_path(slug, name), "gone")


async def _line(session: Session, project_id: int, audit_id: int) -> AuditLine:
    found = await service.one(session, project_id, audit_id)
    if found is None:
        raise HTTPException(404, "There is no such audit.")
    return found


def _of(report: dict[str, Any], pressing: bool) -> list[dict[str, Any]]:
    return [each for each in report.get("findings", []) if (each["severity"] != "advice") is pressing]


def _names(report: dict[str, Any]) -> dict[str, str]:
    """What a fingerprint is called where a trial names it."""
    return {each["fingerprint"]: f"{each['code']} {each['name']}" for each in report.get("findings", [])}

"""The audits of a project as JSON: for its members, and for its tokens with `read`."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

from bootproof.server.accounts.current import SignedIn
from bootproof.server.audits import service
from bootproof.server.audits.comparing import Comparison, Found, compare, findings
from bootproof.server.audits.exporting import exported
from bootproof.server.audits.keeping import remove
from bootproof.server.audits.links import audit_path
from bootproof.server.audits.service import AuditLine, BadCursor, Filter, Page
from bootproof.server.audits.summary import summary
from bootproof.server.audits.timeline import LONGEST, Failing, Flaky, Point, flaky, since_failing, timelines
from bootproof.server.database import Session
from bootproof.server.inputs import NO_NUL, AuditId, Moment, ProjectSlug, TeamSlug
from bootproof.server.organisations.access import project_of
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Role
from bootproof.server.projects.place import Place
from bootproof.server.projects.reading import Reads
from bootproof.server.security.addresses import client_address

router = APIRouter(prefix="/api/teams/{slug}/projects/{name}", tags=["audits"])

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


class Wanted(BaseModel):
    """Which audits a page is asked for. One model: to check each parameter by itself costs a read a tenth."""

    verdict: Literal["starts", "fails", "unproved"] | None = None
    branch: Text | None = None
    code: Annotated[str, Field(pattern=r"^BP[0-9]{3}$")] | None = None
    since: Moment | None = None
    until: Moment | None = None
    text: Text | None = None
    cursor: str = Field("", max_length=200, pattern=r"^[A-Za-z0-9_\-]*$")
    limit: int = Field(service.PAGE, ge=1, le=service.LONGEST_PAGE)


class Markdown(PlainTextResponse):
    """Text for a status of a forge."""

    media_type = "text/markdown"


class JsonLines(StreamingResponse):
    """One JSON document a line."""

    media_type = "application/x-ndjson"


@dataclass(frozen=True)
class Whole:
    """One audit with its findings in brief and its report."""

    audit: AuditLine
    findings: list[Found]
    report: dict[str, Any]


@router.get("/audits")
async def audits(reads: Reads, session: Session, wanted: Annotated[Wanted, Query()]) -> Page:
    """A page of the project's audits, the newest first; `next` is the cursor of the page behind it."""
    try:
        chosen = Filter(wanted.verdict, wanted.branch, wanted.code, wanted.since, wanted.until, wanted.text)
        return await service.history(session, reads.id, chosen, wanted.cursor, wanted.limit)
    except BadCursor as problem:
        raise HTTPException(400, str(problem)) from None


@router.get("/audits/{audit_id}")
async def audit(reads: Reads, session: Session, audit_id: AuditId) -> Whole:
    """One audit, with its report as it was pushed, masked."""
    line = await _line(session, reads, audit_id)
    report = await service.document(session, reads.id, audit_id) or {}
    return Whole(line, findings(report), report)


@router.get("/audits/{audit_id}/changes")
async def changes(
    reads: Reads, session: Session, audit_id: AuditId, since: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> Comparison:
    """What is new, gone and still there since another audit; since the one before where none is named."""
    line = await _line(session, reads, audit_id)
    older = await service.before(session, reads.id, line) if since is None else await _line(session, reads, since)
    return await compare(session, reads.id, older.id if older else None, audit_id)


@router.get("/audits/{audit_id}/summary.md", response_class=Markdown)
async def summary_of(request: Request, reads: Reads, session: Session, audit_id: AuditId) -> Markdown:
    """The audit in brief as Markdown, compared with the one before."""
    line = await _line(session, reads, audit_id)
    older = await service.before(session, reads.id, line)
    difference = await compare(session, reads.id, older.id if older else None, audit_id)
    url = request.app.state.settings.origin + audit_path(reads.team, reads.slug, audit_id)
    return Markdown(summary(reads.name, line, older, difference, url))


@router.delete("/audits/{audit_id}", status_code=204)
async def delete(
    request: Request, caller: SignedIn, session: Session, slug: TeamSlug, name: ProjectSlug, audit_id: AuditId
) -> None:
    """Deletes an audit. Needs the role admin."""
    member, project = await project_of(session, caller.id, slug, name)
    member.need(Role.ADMIN)
    assert project.id is not None
    if not await remove(session, project.id, audit_id):
        raise HTTPException(404, "There is no such audit.")
    note(session, member.id, caller.id, "audit-deleted", f"{project.slug}: {audit_id}", client_address(request))
    await session.commit()


@router.get("/timeline")
async def timeline(reads: Reads, session: Session, most: Annotated[int, Query(ge=1, le=LONGEST)] = 100) -> list[Point]:
    """The newest audits as points with the seconds of their stages, the oldest first."""
    return (await timelines(session, [reads.id], most))[reads.id]


@router.get("/failing")
async def failing(reads: Reads, session: Session) -> Failing | None:
    """Since when the project does not start; null where its last audit says that it does, or there is none."""
    return await since_failing(session, reads.id)


@router.get("/flaky")
async def contradicting(reads: Reads, session: Session) -> list[Flaky]:
    """Commits of which audits say different things."""
    return await flaky(session, reads.id)


@router.get("/export.jsonl", response_class=JsonLines)
async def export(request: Request, reads: Reads, session: Session) -> JsonLines:
    """All audits of the project, one JSON document a line, in the order in which they were made."""
    await session.commit()  # lets the connection go: the export takes one for a moment at a time
    lines = exported(request.app.state.database.sessions, reads.id)
    named = {"Content-Disposition": f'attachment; filename="{reads.slug}.jsonl"'}
    return JsonLines(lines, headers=named)


async def _line(session: Session, reads: Place, audit_id: int) -> AuditLine:
    found = await service.one(session, reads.id, audit_id)
    if found is None:
        raise HTTPException(404, "There is no such audit.")
    return found

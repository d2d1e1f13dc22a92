"""Where reports are sent: `POST /api/uploads` with a project's token. Nothing of a report is ever run."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from bootproof.server.asked import straight
from bootproof.server.audits.arrival import NoReport, received
from bootproof.server.audits.keeping import NoProject, OtherContents, keep
from bootproof.server.audits.links import audit_path
from bootproof.server.audits.validation import Problem, inlined
from bootproof.server.database import Singles
from bootproof.server.inputs import NO_NUL
from bootproof.server.projects.reading import Uploader, refused
from bootproof.server.security.buckets import Rate, take
from bootproof.server.webhooks.events import announce_kept

RATE = Rate("uploads", 1000, 3600)  # of one project: a thousand at once, then one each 3.6 seconds


@dataclass(frozen=True)
class Uploaded:
    """What became of an upload. `new` is false where the same report was kept under this key before."""

    id: int
    new: bool
    verdict: str
    url: str


def router() -> APIRouter:
    """The route. It is made when the application is, as it tells OpenAPI the report's schema."""
    made = APIRouter(prefix="/api", tags=["uploads"])
    said: dict[int | str, dict[str, Any]] = {
        200: {"description": "It was kept before.", "model": Uploaded},
    }
    body = {"required": True, "content": {"application/json": {"schema": inlined()}}}
    made.add_api_route("/uploads", upload, methods=["POST"], status_code=201, responses=said, openapi_extra={"requestBody": body})
    return made


async def upload(
    request: Request,
    response: Response,
    access: Uploader,
    session: Singles,
    key: Annotated[str, Header(alias="Idempotency-Key", max_length=100, pattern=r"^[\x21-\x7e]*$")] = "",
    commit: Annotated[str, Query(max_length=64, pattern=r"^[0-9A-Za-z]*$")] = "",
    branch: Annotated[str, Query(max_length=200, pattern=NO_NUL)] = "",
) -> Uploaded:
    """Keeps a report (`bootproof audit --format json`), once for each Idempotency-Key; without one, once for each contents."""
    project, origin = access.project, request.app.state.settings.origin
    if wait := await take(session, RATE, str(project.id)):
        raise HTTPException(429, "Too many uploads for this project.", {"Retry-After": str(wait)})
    raw = await request.body()  # no connection to the database is held while a slow client sends
    try:
        report = await asyncio.to_thread(received, raw, key, commit, branch)
        async with straight(session, together=True) as driver:
            kept = await keep(driver, project.id, report, access.token_id)
            if kept.heard:
                await announce_kept(driver, project, report, kept, origin)
    except NoReport as refusal:
        raise RequestValidationError([_error(each) for each in refusal.problems]) from None
    except OtherContents:
        raise HTTPException(409, "This Idempotency-Key was used for another report.") from None
    except NoProject:
        raise refused() from None
    response.status_code = 201 if kept.new else 200
    return Uploaded(kept.id, kept.new, kept.verdict, origin + audit_path(project.team, project.slug, kept.id))


def _error(problem: Problem) -> dict[str, Any]:
    """A problem in the shape of every other 422; the last part of `loc` is the JSON Pointer."""
    return {"type": "report", "loc": ("body", problem.pointer), "msg": problem.said}

"""Whether the server lives, is ready, and is well."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from bootproof.server.database import Database
from bootproof.server.migrations.state import pending

router = APIRouter(tags=["health"])


@router.get("/health")
async def health(request: Request) -> dict[str, str]:
    """That the server is up, and in which environment."""
    return {"status": "healthy", "environment": request.app.state.settings.environment}


@router.get("/livez")
async def live() -> dict[str, str]:
    """That the process answers; nothing else is asked."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "PostgreSQL does not answer or is not migrated, or the server stops"}})
async def ready(request: Request) -> JSONResponse:
    """Whether requests may be sent here: PostgreSQL answers, it is migrated, and the server is not about to stop."""
    if request.app.state.draining:
        return JSONResponse({"status": "stopping"}, 503)
    database: Database = request.app.state.database
    try:
        behind = await pending(database.engine)
    except Exception as problem:  # whatever the driver raises: not ready, and said which kind
        return JSONResponse({"status": "no database", "reason": type(problem).__name__}, 503)
    if behind:
        return JSONResponse({"status": "not migrated", "reason": behind}, 503)
    return JSONResponse({"status": "ready"})

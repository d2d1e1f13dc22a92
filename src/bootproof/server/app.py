"""The ASGI application of the team server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from bootproof import __version__
from bootproof.server.accounts import api as accounts
from bootproof.server.accounts import recovery_api as recovery
from bootproof.server.accounts import second_factor_api as second_factor
from bootproof.server.audits import api as audits
from bootproof.server.audits import badge, uploads
from bootproof.server.database import Database
from bootproof.server.mail.post import Post
from bootproof.server.operations import health, logging, metrics, telemetry, unavailable, upkeep
from bootproof.server.operations.requests import RequestLog
from bootproof.server.operations.starting import PlainRefusal, migrated
from bootproof.server.organisations import api as organisations
from bootproof.server.organisations import invitations_api as invitations
from bootproof.server.projects import api as projects
from bootproof.server.refusals import REFUSALS, with_every_method
from bootproof.server.security.bodies import BodyLimit
from bootproof.server.security.headers import SecurityHeaders
from bootproof.server.security.origins import OwnOrigin
from bootproof.server.security.passwords import Passwords
from bootproof.server.security.visitors import Visitors
from bootproof.server.settings import Settings, read_settings
from bootproof.server.web.pages import refused
from bootproof.server.web.routes import pages
from bootproof.server.webhooks import api as webhooks
from bootproof.server.webhooks.queue import Queue

log = structlog.get_logger("bootproof.server")


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application, for `uvicorn --factory`. Raises `Misconfigured` where a setting is wrong."""
    settings = settings or read_settings()
    logging.set_up(settings.environment)
    app = FastAPI(title="bootproof", version=__version__, lifespan=_lifespan)
    app.state.settings = settings
    app.state.database = Database(settings)
    app.state.post = Post(settings, app.state.database)
    app.state.queue = Queue(settings, app.state.database)
    app.state.passwords = Passwords(settings.password_memory, settings.password_rounds)
    app.state.metrics = metrics.Metrics(app.state.database.engine)
    app.state.draining = False
    often = (audits.router, uploads.router(), projects.router)  # addresses are looked for in this order
    people = (accounts.router, recovery.router, second_factor.router)
    known = (*often, *people, organisations.router, invitations.router, webhooks.router)
    open_to_all = (health.router, badge.router, *pages())
    app.state.routers = (*known, *open_to_all)
    for router in known:
        app.include_router(router, responses=REFUSALS)
    for router in open_to_all:
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("bootproof.server.web", "static")]), name="static")
    app.add_exception_handler(HTTPException, _said)
    app.add_exception_handler(RequestValidationError, _invalid)
    unavailable.answered(app, _said)
    app.add_middleware(Visitors, secure=settings.secure)
    app.add_middleware(OwnOrigin, own=settings.origin, allowed=settings.cors_origins)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "X-CSRF-Token"],
    )
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, secure=settings.secure)
    app.add_middleware(RequestLog, metrics=app.state.metrics, broken=_broken)
    app.add_middleware(PlainRefusal)
    telemetry.instrument(app, app.state.database.engine)
    return app


async def _said(request: Request, problem: Exception) -> Response:
    """An HTTP error as JSON for the API, as a page for browsers."""
    assert isinstance(problem, HTTPException)
    problem = with_every_method(request, problem)
    return refused(request, problem) if _wants_page(request) else await http_exception_handler(request, problem)


async def _invalid(request: Request, problem: Exception) -> Response:
    """What is wrong with a request, in FastAPI's shape but without what was sent: that may be a password, or no text at all."""
    assert isinstance(problem, RequestValidationError)
    if _wants_page(request):  # an address that leads nowhere; what is wrong in a form is said by its page
        return refused(request, HTTPException(404, "There is no such page."))
    shown = [{"type": each["type"], "loc": each["loc"], "msg": each["msg"]} for each in problem.errors()]
    return JSONResponse({"detail": json.loads(json.dumps(shown, default=str))}, 422)


def _broken(request: Request, number: str) -> Response:
    """A fault of ours: what the log has it under, and no more."""
    if _wants_page(request):
        return refused(request, HTTPException(500, f"Something went wrong here. The server's log has it under {number}."))
    return JSONResponse({"detail": "Something went wrong here.", "request": number}, 500)


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    log.info("Starting application...")
    log.info(f"Environment: {settings.environment}")
    log.info(f"CORS Origins: {settings.cors_origins}")
    for note in settings.database.notes:
        log.warning(note)
    if settings.environment == "production" and settings.relay is None:
        log.warning("SMTP_URL is not set: nobody can verify an address, reset a password or get an invitation by mail")
    await migrated(settings)
    log.info("Database initialized successfully")
    measured = metrics.serve(app.state.metrics, settings.host, settings.metrics_port) if settings.metrics_port else None
    app.state.queue.start()
    forgetting = asyncio.create_task(upkeep.run(app.state.database))
    try:
        yield
    finally:
        app.state.draining = True
        forgetting.cancel()
        if measured:
            measured.close()
        await asyncio.gather(app.state.queue.close(), app.state.post.close())
        await app.state.database.close()
        telemetry.close(app)

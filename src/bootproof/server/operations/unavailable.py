"""A database that does not answer is no fault of the request: 503, to be sent again, in the place of 500."""

from asyncpg import exceptions as postgresql  # type: ignore[import-untyped]  # it has neither types nor stubs
from fastapi import FastAPI, Request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from bootproof.server.asked import DRIVERS_OWN

AGAIN_IN = 5  # seconds
# SQLSTATE classes 08 (no connection), 53 (disk full, too many connections) and 57 (shut down, starting): PostgreSQL's appendix A.
_AWAY = (
    postgresql.PostgresConnectionError,
    postgresql.InsufficientResourcesError,
    postgresql.OperatorInterventionError,
    postgresql.InterfaceError,
    postgresql.InternalClientError,
    OSError,
)


def answered(app: FastAPI, said: ExceptionHandler) -> None:
    """Has the application answer 503, in the words of `said`, where its database is away or none of its connections is free."""

    async def away(request: Request, problem: Exception) -> object:
        if not is_away(problem):
            raise problem
        refusal = HTTPException(503, "The database does not answer. Try again in a moment.", {"Retry-After": str(AGAIN_IN)})
        return await said(request, refusal)  # type: ignore[misc,arg-type]

    for kind in (NoneFree, DBAPIError, *DRIVERS_OWN, OSError):
        app.add_exception_handler(kind, away)  # type: ignore[arg-type]


def is_away(problem: BaseException | None) -> bool:
    """Whether an exception says that the database is away, full or has no connection left."""
    if isinstance(problem, DBAPIError):
        connecting = problem.statement is None
        return connecting or problem.connection_invalidated or isinstance(getattr(problem.orig, "__cause__", None), _AWAY)
    return isinstance(problem, (NoneFree, *_AWAY))

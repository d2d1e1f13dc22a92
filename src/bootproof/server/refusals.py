"""What the API says no with: the same shape everywhere, and told by the OpenAPI document."""

from typing import Any

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

# As JSON whatever the operation's own answer is; FastAPI would tell a `model` in that one's media type.
_SHAPE = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
_WORDS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the token is not good.",
    403: "Not with this role, from this page, or with this scope.",
    404: "There is no such thing, or it is somebody else's.",
    409: "It does not fit what is there.",
    413: "The body is too large.",
    415: "The body is compressed.",
    429: "Too many attempts; Retry-After says when to come again.",
    503: "The database does not answer; Retry-After says when to come again.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": said, "content": {"application/json": {"schema": _SHAPE}}} for code, said in _WORDS.items()
}


def with_every_method(request: Request, problem: HTTPException) -> HTTPException:
    """A 405 that names every method of the address (RFC 9110, 15.5.6): Starlette's names those of one route."""
    if problem.status_code != 405:
        return problem
    known: set[str] = set()
    for router in request.app.state.routers:
        for route in router.routes:
            if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
                known |= route.methods or set()
    return HTTPException(405, problem.detail, {"Allow": ", ".join(sorted(known))}) if known else problem

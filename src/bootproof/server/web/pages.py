"""Pages: what every template knows, and what a page answers where nobody is signed in or nothing is found."""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException

from bootproof.server.security.forms import form_token


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(str(files("bootproof.server.web") / "templates")),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["ago"] = ago
    return found


DONE = {  # what a page says first after a form was taken, by the word in its address
    "made": "Made.", "saved": "Saved.", "gone": "Deleted.", "sent": "The mail is on its way.",
    "withdrawn": "The invitation is void.",
    "revoked": "The token is worthless now.", "joined": "Welcome to the team.", "left": "Done: no member any more.",
    "pinged": "A message is on its way; how it went is told below in a moment.",
    "ended": "The session is ended.", "rotated": "The badge has another address now.", "changed": "Changed.",
    "signed-up": "The account is there, or was there already: sign in with it. A mail to the address says more.",
    "reset": "The password is set: sign in with it.", "verified": "Your address is verified.",
    "forgot": "If there is such an account, a mail with a link is on its way to it.",
}  # fmt: skip


def page(request: Request, template: str, code: int = 200, **known: Any) -> HTMLResponse:
    """A page from `templates/`. Every template knows `request`, `csrf_token`, and `caller` (None where nobody is signed in).

    `done`: what was just done, `refusal`: why a form was not taken.
    """
    for name, value in (("caller", None), ("refusal", None), ("done", DONE.get(request.query_params.get("done", ""), ""))):
        known.setdefault(name, value)
    text = _templates().get_template(template).render(request=request, csrf_token=form_token(request), **known)
    return HTMLResponse(text, code)


def refused(request: Request, problem: HTTPException) -> Response:
    """What a page answers to an HTTP error: the way to the sign-in for 401, else a page that says it."""
    if problem.status_code == 401:
        return RedirectResponse(f"/signin?next={quote(request.url.path)}", 303)
    return page(request, "error.html", problem.status_code, status=problem.status_code, said=problem.detail)


def to(path: str, done: str = "") -> RedirectResponse:
    """On to another page after a form, which is not sent again when that is loaded again (RFC 9110, 303)."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)


def own_path(path: str) -> str:
    """Where a `next` leads: a path of this server, else the first page. Never another host."""
    fine = path.startswith("/") and not path.startswith(("//", "/\\")) and not any(ord(each) < 32 for each in path)
    return path if fine else "/"


def ago(moment: datetime | None, to: datetime | None = None) -> str:
    """How long ago a moment was, in words: "3 hours ago"."""
    if moment is None:
        return "never"
    seconds = max(0, ((to or datetime.now(UTC)) - moment).total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "just now"

"""Forms: a token that only this server's own page could put there (CSRF), bound to the visitor's cookie."""

from fastapi import Depends, HTTPException, Request

from bootproof.server.security.secrets import same, signed

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


def form_token(request: Request) -> str:
    """The token for the forms of this visitor's pages. Before the sign-in it is bound to the visitor's browser alone."""
    return signed(request.app.state.settings.secret_key.get_secret_value(), "form", _visitor(request))


async def checked_form(request: Request) -> None:
    """Raises 403 where a form has no token of this visitor's, or another's."""
    given = request.headers.get(HEADER) or str((await request.form()).get(FIELD) or "")
    if not same(given, form_token(request)):
        raise HTTPException(403, "This form is too old, or from another site. Load the page again.")


CHECKED = (Depends(checked_form),)
"""The dependencies of every route that takes a form."""


def _visitor(request: Request) -> str:
    settings = request.app.state.settings
    names = ("__Host-session", "__Host-visitor") if settings.secure else ("session", "visitor")
    return next((request.cookies[name] for name in names if request.cookies.get(name)), request.state.visitor)

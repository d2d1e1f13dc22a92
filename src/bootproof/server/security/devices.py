"""Browsers that an account was entered with before (OWASP, "device cookies").

Their attempts are counted apart, so that who guesses elsewhere does not shut the owner out. The cookie opens nothing.
"""

from fastapi import Request, Response

from bootproof.server.security.secrets import new_secret, same, signed

LASTS = 365 * 24 * 3600  # seconds


def known_device(request: Request, email: str) -> str | None:
    """The name of the browser, where this account (its address in normal form) was entered with it; else None."""
    name, dot, signature = request.cookies.get(_cookie(request), "").partition(".")
    return name if dot and same(signature, _signature(request, email, name)) else None


def remember_device(request: Request, response: Response, email: str) -> None:
    """Marks the browser as one that the account was entered with."""
    name = known_device(request, email) or new_secret(16)
    secure = request.app.state.settings.secure
    value = f"{name}.{_signature(request, email, name)}"
    response.set_cookie(_cookie(request), value, max_age=LASTS, path="/", secure=secure, httponly=True, samesite="lax")


def _signature(request: Request, email: str, name: str) -> str:
    return signed(request.app.state.settings.secret_key.get_secret_value(), "device", f"{email}\0{name}")


def _cookie(request: Request) -> str:
    return "__Host-device" if request.app.state.settings.secure else "device"

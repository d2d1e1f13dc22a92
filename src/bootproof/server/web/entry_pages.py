"""Pages of who is not signed in yet: sign up, sign in, the second factor, a forgotten password, a link from a mail."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bootproof.server.accounts import api, recovery_api, second_factor_api
from bootproof.server.accounts.api import SignIn, SignUp
from bootproof.server.accounts.current import MaybeSignedIn, MaybeWaiting, SignedIn
from bootproof.server.accounts.recovery_api import Forgotten, Link, Reset
from bootproof.server.accounts.second_factor_api import Given
from bootproof.server.database import Session
from bootproof.server.mail.post import Outgoing
from bootproof.server.security.forms import CHECKED
from bootproof.server.security.passwords import Hashing
from bootproof.server.web.forms import Refused, done, fields_of, read
from bootproof.server.web.pages import own_path, page, to

router = APIRouter(include_in_schema=False)


@router.get("/signup", response_class=HTMLResponse)
async def signup(request: Request, caller: MaybeSignedIn) -> Response:
    """The form of a new account; `invitation` in the address is the secret of an invitation's link."""
    return page(request, "signup.html", caller=caller, invitation=request.query_params.get("invitation", "")[:200])


@router.post("/signup", dependencies=CHECKED)
async def sign_up(request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Response:
    """Makes an account, if there is none."""
    given = await fields_of(request)
    try:
        await done(api.sign_up(read(SignUp, given), request, session, passwords, post), given)
    except Refused as refused:
        known = {"refusal": refused.refusal, "invitation": given.get("invitation", "")}
        return page(request, "signup.html", refused.refusal.code, **known)
    return to("/signin", "signed-up")


@router.get("/signin", response_class=HTMLResponse)
async def signin(request: Request, caller: MaybeSignedIn) -> Response:
    """The form of the sign-in; who is signed in is led on."""
    following = own_path(request.query_params.get("next", "/"))
    return page(request, "signin.html", following=following) if caller is None else RedirectResponse(following, 303)


@router.post("/signin", dependencies=CHECKED)
async def sign_in(request: Request, session: Session, passwords: Hashing) -> Response:
    """Signs in, and leads on to where the person was going."""
    given = await fields_of(request)
    following = own_path(given.get("next", "/"))
    onward = RedirectResponse(following, 303)
    try:
        entered = await done(api.sign_in(read(SignIn, given), request, onward, session, passwords), given)
    except Refused as refused:
        return page(request, "signin.html", refused.refusal.code, refusal=refused.refusal, following=following)
    if entered.second_factor:
        onward.headers["location"] = f"/signin/code?next={quote(following)}"
    return onward


@router.get("/signin/code", response_class=HTMLResponse)
async def code(request: Request, waiting: MaybeWaiting) -> Response:
    """Asks for the second factor; who has not shown a password is led back."""
    following = own_path(request.query_params.get("next", "/"))
    return to("/signin") if waiting is None else page(request, "signin_code.html", following=following)


@router.post("/signin/code", dependencies=CHECKED)
async def second_step(request: Request, session: Session, waiting: MaybeWaiting) -> Response:
    """The second step of a sign-in."""
    given = await fields_of(request)
    following = own_path(given.get("next", "/"))
    if waiting is None:
        return to("/signin")
    onward = RedirectResponse(following, 303)
    try:
        await done(second_factor_api.sign_in(read(Given, given), waiting, request, onward, session))
    except Refused as refused:
        return page(request, "signin_code.html", refused.refusal.code, refusal=refused.refusal, following=following)
    return onward


@router.post("/signout", dependencies=CHECKED)
async def sign_out(request: Request, caller: MaybeSignedIn, session: Session) -> Response:
    """Ends the session that asks."""
    onward = to("/")
    if caller is not None:
        await api.sign_out(caller, request, onward, session)
    return onward


@router.get("/forgot", response_class=HTMLResponse)
async def forgot(request: Request, caller: MaybeSignedIn) -> HTMLResponse:
    """Asks for the address of an account whose password is forgotten."""
    return page(request, "forgot.html", caller=caller)


@router.post("/forgot", dependencies=CHECKED)
async def send_link(request: Request, session: Session, post: Outgoing) -> Response:
    """Sends the link, if there is such an account; the answer is the same."""
    given = await fields_of(request)
    try:
        await done(recovery_api.forgot(read(Forgotten, given), request, session, post), given)
    except Refused as refused:
        return page(request, "forgot.html", refused.refusal.code, refusal=refused.refusal)
    return to("/forgot", "forgot")


@router.get("/reset/{token}", response_class=HTMLResponse)
async def reset(request: Request, token: str) -> HTMLResponse:
    """Asks for another password."""
    return page(request, "reset.html")


@router.post("/reset/{token}", dependencies=CHECKED)
async def set_again(request: Request, session: Session, passwords: Hashing, post: Outgoing, token: str) -> Response:
    """Sets another password by the link."""
    given = {**await fields_of(request), "token": token}
    try:
        await done(recovery_api.reset(read(Reset, given), request, session, passwords, post), given)
    except Refused as refused:
        return page(request, "reset.html", refused.refusal.code, refusal=refused.refusal)
    return to("/signin", "reset")


@router.get("/verify/{token}", response_class=HTMLResponse)
async def verify(request: Request, caller: SignedIn, token: str) -> HTMLResponse:
    """Asks to confirm: what reads mails for viruses follows links too."""
    return page(request, "verify.html", caller=caller)


@router.post("/verify/{token}", dependencies=CHECKED)
async def prove(request: Request, caller: SignedIn, session: Session, post: Outgoing, token: str) -> Response:
    """Proves the caller's address by the link."""
    try:
        await done(recovery_api.verify(read(Link, {"token": token}), caller, request, session, post))
    except Refused as refused:
        return page(request, "verify.html", refused.refusal.code, caller=caller, refusal=refused.refusal)
    return to("/account", "verified")

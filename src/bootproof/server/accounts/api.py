"""Accounts as JSON. What is answered does not tell whether there is an account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, EmailStr, Field

from bootproof.server.accounts import recovery, service
from bootproof.server.accounts.current import LASTS, SignedIn, cookie_name
from bootproof.server.accounts.service import Device, normal
from bootproof.server.database import Session
from bootproof.server.inputs import NO_NUL
from bootproof.server.mail.post import Outgoing
from bootproof.server.organisations import invitations
from bootproof.server.security.addresses import client_address
from bootproof.server.security.devices import known_device, remember_device
from bootproof.server.security.limits import SIGN_UP_HERE, may_sign_in, within
from bootproof.server.security.passwords import LONGEST, SHORTEST, Hashing

router = APIRouter(prefix="/api/auth", tags=["accounts"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class SignUp(BaseModel):
    """What an account is made of. `invitation`: the secret of an invitation's link, where accounts are made by invitation."""

    email: EmailStr = Field(max_length=254)
    password: str = Field(min_length=SHORTEST, max_length=LONGEST)
    name: str = Field("", max_length=100, pattern=NO_NUL)
    invitation: str = Field("", max_length=200)


class SignIn(BaseModel):
    """What an account is entered with."""

    email: str = Field(max_length=254, pattern=NO_NUL)
    password: str = Field(max_length=LONGEST)


@dataclass(frozen=True)
class Said:
    """What was done, in words."""

    detail: str


@dataclass(frozen=True)
class Entered:
    """What became of a sign-in; `second_factor` where a code is still asked for."""

    detail: str
    second_factor: bool = False


@dataclass(frozen=True)
class Shown:
    """The signed-in person."""

    email: str
    name: str
    verified: bool
    second_factor: bool


@dataclass(frozen=True)
class ShownSession:
    """One of the person's sessions; `current` is the one that asks."""

    id: int
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str
    current: bool


@router.post("/signup", status_code=202)
async def sign_up(given: SignUp, request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Said:
    """Makes an account. The answer is the same where there is one already; a mail to the address says which."""
    await within(session, SIGN_UP_HERE, client_address(request))
    settings = request.app.state.settings
    if settings.registration != "open" and not await invitations.is_good(session, given.invitation, normal(given.email)):
        raise HTTPException(403, "Accounts are made by invitation here, for the address that was invited.")
    if refusal := service.too_simple(given.password, given.email):
        raise RequestValidationError([{"type": "value_error", "loc": ("body", "password"), "msg": refusal}])
    made = await service.sign_up(session, passwords, given.email, given.password, given.name)
    post.send_found(lambda session: recovery.welcome(session, settings.origin, given.email, made=made))
    return Said("The account is there, or was there already: sign in with it. A mail to the address says more.")


@router.post("/signin", responses={401: {"description": "No such address and password"}, 429: {"description": "Too often"}})
async def sign_in(given: SignIn, request: Request, response: Response, session: Session, passwords: Hashing) -> Entered:
    """Signs in: the session's cookie comes with the answer. With a second factor it is worth nothing before that was shown."""
    email = normal(given.email)
    await may_sign_in(session, email, client_address(request), known_device(request, email))
    opened = await service.sign_in(session, passwords, given.email, given.password, device_of(request))
    if opened is None:
        raise HTTPException(401, "The address or the password is wrong.")
    set_cookie(request, response, opened.token)
    if opened.pending:
        return Entered("The password is right. Send a code of the second factor.", second_factor=True)
    remember_device(request, response, email)
    return Entered("Signed in.")


@router.post("/signout")
async def sign_out(caller: SignedIn, request: Request, response: Response, session: Session) -> Said:
    """Ends the session that asks."""
    assert caller.session.id is not None
    await service.end_session(session, caller.id, caller.session.id)
    secure = request.app.state.settings.secure
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="lax")
    return Said("Signed out.")


@router.get("/me")
async def me(caller: SignedIn) -> Shown:
    """Who asks."""
    user = caller.user
    return Shown(user.email, user.name, user.verified_at is not None, user.totp_confirmed_at is not None)


@router.get("/sessions")
async def sessions(caller: SignedIn, session: Session) -> list[ShownSession]:
    """The person's sessions, the last used first."""
    return [
        ShownSession(each.id or 0, each.created_at, each.last_seen_at, each.address, each.agent, each.id == caller.session.id)
        for each in await service.sessions_of(session, caller.id)
    ]


@router.delete("/sessions/{number}", responses={404: {"description": "No session of the person's has this number"}})
async def end_session(number: Number, caller: SignedIn, session: Session) -> Said:
    """Ends one session of the person's."""
    if not await service.end_session(session, caller.id, number):
        raise HTTPException(404, "There is no such session.")
    return Said("Ended.")


@router.delete("/sessions")
async def end_others(caller: SignedIn, session: Session) -> Said:
    """Ends every session of the person's but the one that asks."""
    count = await service.end_others(session, caller.id, caller.session.id)
    return Said(f"Ended {count}.")


def device_of(request: Request) -> Device:
    """The browser that asks, as its owner is shown it."""
    return Device(client_address(request), request.headers.get("user-agent", "").replace("\0", ""))


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Gives the browser its session: not for scripts, not for other sites, by HTTPS where there is HTTPS."""
    secure = request.app.state.settings.secure
    age = int(LASTS.total_seconds())
    response.set_cookie(cookie_name(request), token, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")

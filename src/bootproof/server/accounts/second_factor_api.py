"""The second factor as JSON: set up, confirmed, asked for, taken away."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, Field

from bootproof.server.accounts import letters, second_factor
from bootproof.server.accounts.api import Entered, Said, device_of, set_cookie
from bootproof.server.accounts.current import Caller, SignedIn, Waiting
from bootproof.server.accounts.recovery_api import OldPassword
from bootproof.server.accounts.second_factor import Enrolment
from bootproof.server.database import Session
from bootproof.server.inputs import NO_NUL
from bootproof.server.mail.post import Outgoing
from bootproof.server.security.devices import known_device, remember_device
from bootproof.server.security.limits import PASSWORD_AGAIN, SECOND_FACTOR, within
from bootproof.server.security.passwords import Hashing, Passwords

router = APIRouter(prefix="/api/auth", tags=["accounts"])


class Given(BaseModel):
    """A code of an authenticator, or a recovery code."""

    code: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]


class Again(BaseModel):
    """The password, asked for again."""

    password: OldPassword


@dataclass(frozen=True)
class RecoveryCodes:
    """Codes that are good once each, told this once."""

    codes: list[str] = field(repr=False)


@router.post("/signin/second", responses={401: {"description": "No sign-in waits for a code, or the code is not good"}})
async def sign_in(given: Given, waiting: Waiting, request: Request, response: Response, session: Session) -> Entered:
    """The second step of a sign-in. A code is taken once."""
    user = waiting.user
    await within(session, SECOND_FACTOR, f"{waiting.id}:{known_device(request, user.email) or ''}")
    assert waiting.session.id is not None
    token = await second_factor.sign_in(session, _key(request), user, waiting.session.id, given.code, device_of(request))
    if token is None:
        raise HTTPException(401, "The code is wrong, or was used.")
    set_cookie(request, response, token)
    remember_device(request, response, user.email)
    return Entered("Signed in.")


@router.post("/second-factor", responses={403: {"description": "The address is not verified, or the password is wrong"}})
async def enrol(given: Again, caller: SignedIn, request: Request, session: Session, passwords: Hashing) -> Enrolment:
    """Begins to set up a second factor. It holds once a code has confirmed it."""
    if caller.user.verified_at is None:  # else who signs up with another's address could keep the other out for good
        raise HTTPException(403, "Verify your address first.")
    await _password_again(session, passwords, caller, given.password)
    made = await second_factor.enrol(session, _key(request), caller.user)
    if made is None:
        raise HTTPException(409, "There is a second factor already.")
    return made


@router.post("/second-factor/confirm", responses={400: {"description": "The code is wrong, or nothing is to be confirmed"}})
async def confirm(given: Given, caller: SignedIn, request: Request, session: Session, post: Outgoing) -> RecoveryCodes:
    """Confirms the second factor by its first code. Other sessions end."""
    await within(session, SECOND_FACTOR, f"{caller.id}:confirm")
    codes = await second_factor.confirm(session, _key(request), caller.user, given.code, caller.session.id)
    if codes is None:
        raise HTTPException(400, "The code is wrong.")
    post.send(letters.second_factor(caller.user.email, request.app.state.settings.origin, on=True))
    return RecoveryCodes(codes)


@router.post("/second-factor/codes", responses={403: {"description": "The password is wrong"}})
async def renew(given: Again, caller: SignedIn, session: Session, passwords: Hashing) -> RecoveryCodes:
    """Other recovery codes; those before are void."""
    await _password_again(session, passwords, caller, given.password)
    codes = await second_factor.renew_codes(session, caller.user)
    if codes is None:
        raise HTTPException(409, "There is no second factor.")
    return RecoveryCodes(codes)


@router.post("/second-factor/disable", responses={403: {"description": "The password is wrong"}})
async def disable(given: Again, caller: SignedIn, request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Said:
    """Takes the second factor away."""
    await _password_again(session, passwords, caller, given.password)
    if await second_factor.disable(session, caller.user):
        post.send(letters.second_factor(caller.user.email, request.app.state.settings.origin, on=False))
    return Said("There is no second factor any more.")


async def _password_again(session: Session, passwords: Passwords, caller: Caller, password: str) -> None:
    await within(session, PASSWORD_AGAIN, str(caller.id))
    if not await passwords.matches(caller.user.password_hash, password):
        raise HTTPException(403, "The password is wrong.")


def _key(request: Request) -> str:
    key: str = request.app.state.settings.secret_key.get_secret_value()
    return key

"""Addresses proved and passwords set again, as JSON. What is answered, and when, does not tell whether there is an account."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, EmailStr, Field

from bootproof.server.accounts import letters, recovery, service
from bootproof.server.accounts.api import Said
from bootproof.server.accounts.current import SignedIn
from bootproof.server.accounts.service import normal
from bootproof.server.database import Session
from bootproof.server.inputs import NO_NUL
from bootproof.server.mail.post import Outgoing
from bootproof.server.security.addresses import client_address
from bootproof.server.security.limits import FORGOT_HERE, MAIL_TO, PASSWORD_AGAIN, TICKET_HERE, account, within
from bootproof.server.security.passwords import LONGEST, SHORTEST, Hashing

router = APIRouter(prefix="/api/auth", tags=["accounts"])
Secret = Annotated[str, Field(min_length=1, max_length=200)]
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
OldPassword = Annotated[str, Field(max_length=LONGEST)]


class Link(BaseModel):
    """The secret of a link."""

    token: Secret


class Forgotten(BaseModel):
    """Whose password is forgotten."""

    email: Annotated[str, Field(max_length=254, pattern=NO_NUL)]


class Reset(BaseModel):
    """The secret of a link, and the password from now on."""

    token: Secret
    password: NewPassword


class Change(BaseModel):
    """The password until now, and from now on."""

    current: OldPassword
    password: NewPassword


class Move(BaseModel):
    """The address from now on, and the password."""

    email: Annotated[EmailStr, AfterValidator(normal)]
    password: OldPassword


@router.post("/verify/send", status_code=202)
async def send_again(caller: SignedIn, request: Request, session: Session, post: Outgoing) -> Said:
    """Sends the caller the link that proves their address."""
    await within(session, MAIL_TO, account(caller.user.email))
    post.send(await recovery.verification(session, request.app.state.settings.origin, caller.id, caller.user.email))
    return Said("The mail is on its way.")


@router.post("/verify", responses={404: {"description": "The link is not good, or another account's"}})
async def verify(given: Link, caller: SignedIn, request: Request, session: Session, post: Outgoing) -> Said:
    """Proves the caller's address by the link that was sent there."""
    await within(session, TICKET_HERE, client_address(request))
    old = caller.user.email
    try:
        email = await recovery.verify(session, caller.user, given.token)
    except recovery.Taken:
        raise HTTPException(409, "There is another account of this address.") from None
    if email is None:
        raise HTTPException(404, "This link is not good any more, or not for this account.")
    if email != old:
        post.send(letters.address_changed(old, email))
    return Said(f"{email} is verified.")


@router.post("/forgot", status_code=202)
async def forgot(given: Forgotten, request: Request, session: Session, post: Outgoing) -> Said:
    """Sends a link with which another password is set, if there is such an account. That is looked up after the answer."""
    await within(session, FORGOT_HERE, client_address(request))
    await within(session, MAIL_TO, account(normal(given.email)))
    origin = request.app.state.settings.origin
    post.send_found(lambda session: recovery.reset_mail(session, origin, given.email))
    return Said("If there is such an account, a mail with a link is on its way to it.")


@router.post("/reset", responses={404: {"description": "The link is not good"}})
async def reset(given: Reset, request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Said:
    """Sets another password by a link. The account is signed out everywhere."""
    await within(session, TICKET_HERE, client_address(request))
    _not_too_simple(given.password)
    email = await recovery.reset(session, passwords, given.token, given.password)
    if email is None:
        raise HTTPException(404, "This link is not good any more.")
    post.send(letters.password_changed(email, request.app.state.settings.origin))
    return Said("The password is set: sign in with it.")


@router.post("/password", responses={403: {"description": "The password until now is wrong"}})
async def change(given: Change, caller: SignedIn, request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Said:
    """Gives the caller another password. Their other sessions end."""
    await within(session, PASSWORD_AGAIN, str(caller.id))
    _not_too_simple(given.password, caller.user.email)
    if not await recovery.change_password(session, passwords, caller.user, given.current, given.password, caller.session.id):
        raise HTTPException(403, "The password is wrong.")
    post.send(letters.password_changed(caller.user.email, request.app.state.settings.origin))
    return Said("The password is changed.")


@router.post("/email", status_code=202, responses={403: {"description": "The password is wrong"}})
async def move(given: Move, caller: SignedIn, request: Request, session: Session, passwords: Hashing, post: Outgoing) -> Said:
    """Sends a link to the address that the caller's account is to have; the account has it once the link was followed."""
    await within(session, PASSWORD_AGAIN, str(caller.id))
    if not await passwords.matches(caller.user.password_hash, given.password):
        raise HTTPException(403, "The password is wrong.")
    await within(session, MAIL_TO, account(given.email))
    post.send(await recovery.verification(session, request.app.state.settings.origin, caller.id, given.email))
    return Said(f"Follow the link in the mail to {given.email}.")


def _not_too_simple(password: str, email: str = "") -> None:
    if refusal := service.too_simple(password, email):
        raise RequestValidationError([{"type": "value_error", "loc": ("body", "password"), "msg": refusal}])

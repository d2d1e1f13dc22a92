"""The page of one's own account: address, password, sessions, second factor."""

from collections.abc import Awaitable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from bootproof.server.accounts import api, recovery_api, second_factor, second_factor_api
from bootproof.server.accounts.api import Number
from bootproof.server.accounts.current import SignedIn
from bootproof.server.accounts.recovery_api import Change, Move
from bootproof.server.accounts.second_factor_api import Again, Given
from bootproof.server.database import Session
from bootproof.server.mail.post import Outgoing
from bootproof.server.security.forms import CHECKED
from bootproof.server.security.passwords import Hashing
from bootproof.server.web.forms import Refusal, Refused, done, fields_of, read
from bootproof.server.web.pages import page, to

router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
async def account(request: Request, caller: SignedIn, session: Session) -> HTMLResponse:
    """Everything of the caller's own account."""
    return await _account(request, caller, session)


@router.post("/verify", dependencies=CHECKED)
async def send_again(request: Request, caller: SignedIn, session: Session, post: Outgoing) -> Response:
    """Sends the link that proves the address again."""
    return await _then("sent", recovery_api.send_again(caller, request, session, post), request, caller, session)


@router.post("/email", dependencies=CHECKED)
async def move(request: Request, caller: SignedIn, session: Session, passwords: Hashing, post: Outgoing) -> Response:
    """Sends a link to the address that the account is to have."""
    given = await fields_of(request)

    async def act() -> None:
        await recovery_api.move(read(Move, given), caller, request, session, passwords, post)

    return await _then("sent", act(), request, caller, session, "email", given)


@router.post("/password", dependencies=CHECKED)
async def change(request: Request, caller: SignedIn, session: Session, passwords: Hashing, post: Outgoing) -> Response:
    """Sets another password."""

    async def act(given: dict[str, str]) -> None:
        await recovery_api.change(read(Change, given), caller, request, session, passwords, post)

    return await _then("changed", act(await fields_of(request)), request, caller, session, "password")


@router.post("/sessions/{number}/end", dependencies=CHECKED)
async def end(request: Request, caller: SignedIn, session: Session, number: Number) -> Response:
    """Ends one session."""
    await api.end_session(number, caller, session)
    return to("/account", "ended")


@router.post("/sessions/end", dependencies=CHECKED)
async def end_others(request: Request, caller: SignedIn, session: Session) -> Response:
    """Ends every session but this."""
    await api.end_others(caller, session)
    return to("/account", "ended")


@router.post("/second-factor", dependencies=CHECKED)
async def enrol(request: Request, caller: SignedIn, session: Session, passwords: Hashing) -> Response:
    """Shows what an authenticator is set up with."""
    given = await fields_of(request)
    try:
        made = await done(second_factor_api.enrol(read(Again, given), caller, request, session, passwords))
    except Refused as refused:
        return await _account(request, caller, session, refused.refusal, "second")
    return page(request, "enrol.html", caller=caller, enrolment=made)


@router.post("/second-factor/confirm", dependencies=CHECKED)
async def confirm(request: Request, caller: SignedIn, session: Session, post: Outgoing) -> Response:
    """Confirms the second factor, and shows the recovery codes this once."""
    try:
        codes = await done(second_factor_api.confirm(read(Given, await fields_of(request)), caller, request, session, post))
    except Refused as refused:
        key = request.app.state.settings.secret_key.get_secret_value()
        begun = second_factor.enrolling(key, caller.user)
        return page(request, "enrol.html", refused.refusal.code, caller=caller, refusal=refused.refusal, enrolment=begun)
    return page(request, "codes.html", caller=caller, codes=codes.codes)


@router.post("/second-factor/codes", dependencies=CHECKED)
async def renew(request: Request, caller: SignedIn, session: Session, passwords: Hashing) -> Response:
    """Shows other recovery codes."""
    try:
        codes = await done(second_factor_api.renew(read(Again, await fields_of(request)), caller, session, passwords))
    except Refused as refused:
        return await _account(request, caller, session, refused.refusal, "codes")
    return page(request, "codes.html", caller=caller, codes=codes.codes)


@router.post("/second-factor/disable", dependencies=CHECKED)
async def disable(request: Request, caller: SignedIn, session: Session, passwords: Hashing, post: Outgoing) -> Response:
    """Takes the second factor away."""

    async def act(given: dict[str, str]) -> None:
        await second_factor_api.disable(read(Again, given), caller, request, session, passwords, post)

    return await _then("changed", act(await fields_of(request)), request, caller, session, "disable")


async def _then(
    word: str, action: Awaitable[Any], request: Request, caller: SignedIn, session: Session,
    part: str = "", given: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Does it, and leads back to the account; where it is refused, the account with why, at the form `part` as it was `given`."""
    try:
        await done(action, given)
    except Refused as refused:
        return await _account(request, caller, session, refused.refusal, part)
    return to("/account", word)


async def _account(
    request: Request, caller: SignedIn, session: Session, refusal: Refusal | None = None, part: str = ""
) -> HTMLResponse:
    shown = await api.me(caller)
    found = await api.sessions(caller, session)
    known: dict[str, Any] = {"caller": caller, "shown": shown, "sessions": found, "refusal": refusal, "part": part}
    return page(request, "account.html", refusal.code if refusal else 200, **known)

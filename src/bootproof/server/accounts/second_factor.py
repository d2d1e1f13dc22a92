"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for who has lost it. No HTTP here."""

import base64
import secrets
from dataclasses import dataclass, field

import pyotp
import segno
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import BrowserSession, RecoveryCode, User
from bootproof.server.accounts.service import Device, added_session
from bootproof.server.security.secrets import hashed, opened, sealed
from bootproof.server.tables import now

ISSUER = "bootproof"
CODES = 10  # recovery codes
_PURPOSE = "totp"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator is set up with: by hand, by link, by picture (an SVG)."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr: str = field(repr=False)


async def enrol(session: AsyncSession, key: str, user: User) -> Enrolment | None:
    """A new secret, good for nothing until it is confirmed; None where the person has a second factor. Commits."""
    secret = pyotp.random_base32()
    change = update(User).where(col(User.id) == user.id, col(User.totp_confirmed_at).is_(None))
    found = await session.exec(change.values(totp_secret=sealed(key, _PURPOSE, secret)))
    await session.commit()
    return _shown(user, secret) if found.rowcount else None


def enrolling(key: str, user: User) -> Enrolment | None:
    """What is to be confirmed; None where the person has not begun, or is done."""
    secret = _secret(key, user)
    return None if secret is None or user.totp_confirmed_at is not None else _shown(user, secret)


async def confirm(session: AsyncSession, key: str, user: User, code: str, but: int | None = None) -> list[str] | None:
    """The recovery codes, now that the second factor holds; None for a wrong code, or where none is to be confirmed. Commits.

    Sessions that a password alone has opened end, `but` stays.
    """
    secret = _secret(key, user)
    step = None if secret is None else _step(secret, code)
    same = (col(User.id) == user.id, col(User.totp_confirmed_at).is_(None), col(User.totp_secret) == user.totp_secret)
    change = update(User).where(*same).values(totp_confirmed_at=now(), totp_last_used=step)
    if step is None or not (await session.exec(change)).rowcount:
        await session.rollback()
        return None
    others = delete(BrowserSession).where(col(BrowserSession.user_id) == user.id, col(BrowserSession.id) != (but or 0))
    await session.exec(others)
    codes = await _new_codes(session, user)
    await session.commit()
    return codes


async def renew_codes(session: AsyncSession, user: User) -> list[str] | None:
    """Other recovery codes, those before are void; None without a second factor. Commits."""
    if (await _locked(session, user)).totp_confirmed_at is None:
        await session.rollback()
        return None
    codes = await _new_codes(session, user)
    await session.commit()
    return codes


async def disable(session: AsyncSession, user: User) -> bool:
    """Takes the second factor away; False where there was none. Commits."""
    confirmed = (await _locked(session, user)).totp_confirmed_at is not None
    await session.exec(update(User).where(col(User.id) == user.id).values(totp_secret=None, totp_confirmed_at=None))
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    await session.commit()
    return confirmed


async def sign_in(session: AsyncSession, key: str, user: User, waiting: int, code: str, device: Device) -> str | None:
    """The secret of a new session in the place of the one that waits for the code; None where the code is not good. Commits.

    The person is locked before: who sets another password ends the sessions, and this one would come after.
    """
    fresh = await _locked(session, user)
    gone = await session.exec(delete(BrowserSession).where(col(BrowserSession.id) == waiting))
    if not gone.rowcount or not await _accepted(session, key, fresh, code):
        await session.rollback()
        return None
    assert user.id is not None
    token = added_session(session, user.id, device)
    await session.commit()
    return token


async def _accepted(session: AsyncSession, key: str, user: User, code: str) -> bool:
    """Whether a code is good, and no longer: none is taken twice, nor one older than the last."""
    secret = _secret(key, user)
    step = None if secret is None else _step(secret, code)
    if step is not None:
        newer = update(User).where(col(User.id) == user.id, col(User.totp_last_used) < step).values(totp_last_used=step)
        return bool((await session.exec(newer)).rowcount)
    plain = code.replace("-", "").replace(" ", "").lower()
    used = delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id, col(RecoveryCode.code_hash) == hashed(plain))
    return bool((await session.exec(used)).rowcount)


async def _locked(session: AsyncSession, user: User) -> User:
    query = select(User).where(User.id == user.id).with_for_update(key_share=True)
    return (await session.exec(query.execution_options(populate_existing=True))).one()


async def _new_codes(session: AsyncSession, user: User) -> list[str]:
    assert user.id is not None
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(CODES)]  # of 80 bits
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    session.add_all(RecoveryCode(user_id=user.id, code_hash=hashed(each)) for each in codes)
    return ["-".join(each[at : at + 4] for at in range(0, len(each), 4)) for each in codes]


def _secret(key: str, user: User) -> str | None:
    """The person's secret; None where there is none, or it was sealed with another key."""
    return None if user.totp_secret is None else opened(key, _PURPOSE, user.totp_secret)


def _step(secret: str, code: str) -> int | None:
    """Which step of time a code is of; clocks may differ by one."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(code.replace(" ", ""), valid_window=1)
    except OTPVerificationError:
        return None


def _shown(user: User, secret: str) -> Enrolment:
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return Enrolment(secret, uri, segno.make(uri, micro=False).svg_inline(scale=4, border=4, dark="#000", light="#fff"))

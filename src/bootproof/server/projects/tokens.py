"""Tokens of a project, `bp_<id>_<secret>`: made, listed, revoked, and checked when somebody comes with one."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import Asked
from bootproof.server.names import Refused
from bootproof.server.organisations.access import Member
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Organisation, Role
from bootproof.server.projects.models import Project, Token
from bootproof.server.projects.place import Place
from bootproof.server.security.secrets import hashed, new_secret, same
from bootproof.server.tables import now

SCOPES = ("upload", "read")
MOST_TOKENS = 100  # of one project that are still good
LISTED = 300
LAST_USED_EVERY = timedelta(minutes=1)  # how exact `last_used_at` is: a write for each request would cost more than it tells
_SHAPE = re.compile(r"bp_(?P<id>[0-9a-f]{16})_(?P<secret>[A-Za-z0-9_\-]{43})")
_NOBODYS = hashed("the secret of no token")
_CHECKED = Asked(
    select(
        Token.secret_hash, Token.scopes, Token.revoked_at, Token.expires_at, Token.last_used_at,
        Project.id, Project.slug, Project.name, Organisation.slug,
    )  # type: ignore[call-overload]
    .join(Project, col(Project.id) == col(Token.project_id))
    .join(Organisation, col(Organisation.id) == col(Project.organisation_id))
    .where(Token.id == bindparam("token"))
)
_USED = Asked(
    text("UPDATE tokens SET last_used_at = :now WHERE id = :token AND (last_used_at IS NULL OR last_used_at < :long_ago)")
)


class Spent(Exception):
    """A token that was good once; the message says why it is no more. Only who has its secret is told."""


@dataclass(frozen=True)
class Made:
    """A token that was just made. `text` is shown this once."""

    token: Token
    text: str


@dataclass(frozen=True)
class Access:
    """What somebody with a token may do, and with which project."""

    project: Place
    token_id: str
    scopes: Sequence[str]


async def create(
    session: AsyncSession,
    member: Member,
    project: Project,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    address: str = "",
) -> Made:
    """A new token. Commits. Raises 403 for a viewer, `Refused` for scopes that are none, or a moment that has passed."""
    member.need(Role.MEMBER)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refused(f"A token has one or more of the scopes {', '.join(SCOPES)}.")
    if expires_at is not None and expires_at <= now():
        raise Refused("A token expires in the future.")
    assert project.id is not None
    if sum(1 for each in await list_of(session, project) if good(each)) >= MOST_TOKENS:
        raise Refused(f"A project has at most {MOST_TOKENS} tokens; revoke one first.")
    secret = new_secret()
    token = Token(
        id=secrets.token_hex(8),
        project_id=project.id,
        name=name.strip(),
        secret_hash=hashed(secret),
        scopes=[each for each in SCOPES if each in scopes],
        created_by=member.user_id,
        expires_at=expires_at,
    )
    session.add(token)
    note(session, member.id, member.user_id, "token-made", f"{project.slug}: {token.name} ({', '.join(token.scopes)})", address)
    await session.commit()
    return Made(token, f"bp_{token.id}_{secret}")


async def list_of(session: AsyncSession, project: Project) -> list[Token]:
    """The tokens of a project, revoked ones last and else the newest first."""
    query = select(Token).where(Token.project_id == project.id)
    query = query.order_by(col(Token.revoked_at).is_(None).desc(), col(Token.created_at).desc(), col(Token.id))
    return list((await session.exec(query.limit(LISTED))).all())


def good(token: Token) -> bool:
    """Whether a token is neither revoked nor expired."""
    return _good(token.revoked_at, token.expires_at, now())


async def revoke(session: AsyncSession, member: Member, project: Project, token_id: str, address: str = "") -> bool:
    """Makes a token worthless at once; False where the project has none of that id. Commits. Raises 403 for a viewer."""
    member.need(Role.MEMBER)
    query = select(Token).where(Token.project_id == project.id, Token.id == token_id)
    token = (await session.exec(query)).first()
    if token is None:
        return False
    if token.revoked_at is None:
        token.revoked_at = now()
        session.add(token)
        note(session, member.id, member.user_id, "token-revoked", f"{project.slug}: {token.name}", address)
        await session.commit()
    return True


async def checked(session: AsyncSession, given: str) -> Access | None:
    """What a token's text gives access to; None, at the same cost, for one that is none. Raises `Spent`."""
    shape = _SHAPE.fullmatch(given)
    token = shape["id"] if shape else ""
    rows = await _CHECKED.rows(session, token=token)
    right = same(rows[0]["secret_hash"] if rows else _NOBODYS, hashed(shape["secret"] if shape else ""))
    if not rows or not right:
        return None
    _, scopes, revoked, expires, used, *project = rows[0]
    moment = now()
    if not _good(revoked, expires, moment):
        raise Spent("This token was revoked." if revoked else "This token has expired.")
    if used is None or moment - used > LAST_USED_EVERY:
        await _USED.rows(session, now=moment, token=token, long_ago=moment - LAST_USED_EVERY)
        await session.commit()
    return Access(Place(*project), token, tuple(scopes))


def _good(revoked_at: datetime | None, expires_at: datetime | None, moment: datetime) -> bool:
    return revoked_at is None and (expires_at is None or expires_at > moment)

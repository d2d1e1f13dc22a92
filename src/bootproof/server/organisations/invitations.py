"""Invitations: sent, sent again, withdrawn, accepted. A link is good once, for the invited address alone, until it expires."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import HTTPException
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import User
from bootproof.server.names import Refused
from bootproof.server.organisations.access import Member
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Invitation, Membership, Organisation, Role
from bootproof.server.security.buckets import Rate
from bootproof.server.security.secrets import hashed, new_secret
from bootproof.server.tables import now

LASTS = timedelta(days=7)
FORGOTTEN_AFTER = timedelta(days=30)  # until then an admin sees that it expired, and may send it again
SENT = Rate("invitation", 50, 24 * 3600)  # by one person: mail goes to strangers in our name


@dataclass(frozen=True)
class Sent:
    """An invitation with the secret of its link, which is told this once."""

    invitation: Invitation
    token: str


async def pending(session: AsyncSession, member: Member) -> list[Invitation]:
    """The invitations that nobody has accepted yet, expired ones too. Raises 403 for who is no admin."""
    member.need(Role.ADMIN)
    query = select(Invitation).where(Invitation.organisation_id == member.id)
    return list((await session.exec(query.order_by(col(Invitation.created_at), col(Invitation.id)))).all())


async def invite(session: AsyncSession, member: Member, email: str, role: Role, address: str = "") -> Sent:
    """Invites somebody. Commits. Raises 403 for who may not give that role, `Refused` where they are in, or invited already."""
    _may_give(member, role)
    query = select(Membership).join(User, col(User.id) == col(Membership.user_id))
    if (await session.exec(query.where(Membership.organisation_id == member.id, User.email == email))).first():
        raise Refused(f"{email} is in this team already.")
    token = new_secret()
    invitation = Invitation(
        organisation_id=member.id, email=email, role=role, token_hash=hashed(token), invited_by=member.user_id,
        expires_at=now() + LASTS,
    )  # fmt: skip
    session.add(invitation)
    note(session, member.id, member.user_id, "invited", f"{email} as {role}", address)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise Refused(f"{email} is invited already. Send that invitation again, or withdraw it.") from None
    return Sent(invitation, token)


async def resend(session: AsyncSession, member: Member, number: int, address: str = "") -> Sent | None:
    """The invitation with another secret and its full time again; None where there is none. The old link is void. Commits.

    Raises 403 for who may not give its role.
    """
    found = await _of(session, member, number)
    if found is None:
        return None
    token = new_secret()
    found.token_hash, found.expires_at = hashed(token), now() + LASTS
    session.add(found)
    note(session, member.id, member.user_id, "invited-again", found.email, address)
    await session.commit()
    return Sent(found, token)


async def withdraw(session: AsyncSession, member: Member, number: int, address: str = "") -> bool:
    """Makes an invitation void; False where there is none. Commits. Raises 403 for who may not give its role."""
    found = await _of(session, member, number)
    if found is None:
        return False
    note(session, member.id, member.user_id, "invitation-withdrawn", found.email, address)
    await session.delete(found)
    await session.commit()
    return True


async def is_good(session: AsyncSession, token: str, email: str) -> bool:
    """Whether a link invites this address, and has not expired."""
    query = select(Invitation.id).where(
        Invitation.token_hash == hashed(token), Invitation.email == email, Invitation.expires_at > now()
    )
    return (await session.exec(query)).first() is not None


async def accept(session: AsyncSession, user: User, token: str, address: str = "") -> Organisation | None:
    """The organisation that the person has joined; None for a link that is void, expired, or another address's. Commits.

    Raises 403 for who has not proved that the address is theirs: whoever invites knows the link too.
    """
    assert user.id is not None
    if user.verified_at is None:
        raise HTTPException(403, "Verify your address first, by the link in the mail to it.")
    good = delete(Invitation).where(
        col(Invitation.token_hash) == hashed(token), col(Invitation.email) == user.email, col(Invitation.expires_at) > now()
    )  # deleted and read in one statement: two clicks at once join once
    row = (await session.exec(good.returning(col(Invitation.organisation_id), col(Invitation.role)))).first()
    if row is None:
        return None
    organisation_id, role = row
    if await session.get(Membership, (organisation_id, user.id)) is None:
        session.add(Membership(organisation_id=organisation_id, user_id=user.id, role=role))
        note(session, organisation_id, user.id, "joined", f"{user.email} as {role}", address)
    joined = await session.get(Organisation, organisation_id)
    await session.commit()
    return joined


def _may_give(member: Member, role: str) -> None:
    member.need(Role.OWNER if role == Role.OWNER else Role.ADMIN)


async def _of(session: AsyncSession, member: Member, number: int) -> Invitation | None:
    member.need(Role.ADMIN)
    query = select(Invitation).where(Invitation.organisation_id == member.id, Invitation.id == number)
    found = (await session.exec(query)).first()
    if found is not None:
        _may_give(member, found.role)
    return found


async def forget_expired(session: AsyncSession) -> None:
    """Deletes invitations that are long expired. Does not commit."""
    await session.exec(delete(Invitation).where(col(Invitation.expires_at) < now() - FORGOTTEN_AFTER))

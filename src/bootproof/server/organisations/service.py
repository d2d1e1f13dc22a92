"""Organisations and their members: made, renamed, deleted; roles given and taken. Who asks was checked before."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.accounts.models import User
from bootproof.server.names import Refused, slug_of
from bootproof.server.organisations.access import Member
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Act, Membership, Organisation, Role

log = structlog.get_logger("bootproof.server")
MOST_TEAMS = 50  # that one person is in as an owner


@dataclass(frozen=True)
class MemberLine:
    """One member in a list."""

    user_id: int
    email: str
    name: str
    role: Role
    joined_at: datetime


@dataclass(frozen=True)
class ActLine:
    """One act in a list; `who` is "" where the person's account is gone."""

    id: int
    at: datetime
    who: str
    what: str
    about: str
    address: str


async def create(session: AsyncSession, user_id: int, name: str, address: str = "") -> Member:
    """A new organisation, the person its owner. Commits. Raises `Refused` for a name that is taken or none."""
    slug = slug_of(name, "team")
    owned = select(func.count()).select_from(Membership).where(Membership.user_id == user_id, Membership.role == Role.OWNER)
    if (await session.exec(owned)).one() >= MOST_TEAMS:
        raise Refused(f"A person owns at most {MOST_TEAMS} teams.")
    organisation = Organisation(slug=slug, name=name)
    session.add(organisation)
    try:
        await session.flush()
    except IntegrityError:
        await session.rollback()
        raise Refused(f"There is a team `{slug}` already.") from None
    made = Member(organisation, user_id, Role.OWNER)
    session.add(Membership(organisation_id=made.id, user_id=user_id, role=Role.OWNER))
    note(session, made.id, user_id, "team-created", slug, address)
    await session.commit()
    return made


async def teams_of(session: AsyncSession, user_id: int) -> list[Member]:
    """The person's memberships, by the teams' names."""
    query = select(Organisation, Membership).join(Membership, col(Membership.organisation_id) == col(Organisation.id))
    query = query.where(Membership.user_id == user_id).order_by(col(Organisation.name), col(Organisation.id))
    return [Member(organisation, user_id, Role(found.role)) for organisation, found in (await session.exec(query)).all()]


async def rename(session: AsyncSession, member: Member, name: str, address: str = "") -> None:
    """Gives the organisation another name; its address stays, so that links hold. Commits. Raises 403 for who is no admin."""
    member.need(Role.ADMIN)
    note(session, member.id, member.user_id, "team-renamed", f"{member.organisation.name} to {name}", address)
    member.organisation.name = name
    session.add(member.organisation)
    await session.commit()


async def delete(session: AsyncSession, member: Member, address: str = "") -> None:
    """Deletes the organisation with all that is in it, its acts included: the server's log is what tells of it afterwards.

    Commits. Raises 403 for who is no owner.
    """
    member.need(Role.OWNER)
    await session.delete(member.organisation)
    await session.commit()
    log.info("team deleted", team=member.organisation.slug, user=member.user_id, address=address)


async def members(session: AsyncSession, member: Member) -> list[MemberLine]:
    """Everybody in the organisation, those who joined first before."""
    query = select(Membership, User).join(User, col(User.id) == col(Membership.user_id))
    query = query.where(Membership.organisation_id == member.id).order_by(col(Membership.joined_at), col(User.id))
    found = (await session.exec(query)).all()
    return [MemberLine(each.user_id, user.email, user.name, Role(each.role), each.joined_at) for each, user in found]


async def change_role(session: AsyncSession, member: Member, user_id: int, role: Role, address: str = "") -> bool:
    """Gives somebody another role; False where they are no member. Commits.

    Raises 403 for who is no admin, and for an admin who makes an owner or changes one; `Refused` for the last owner.
    """
    member.need(Role.ADMIN)
    found = await _locked(session, member, user_id)
    if found is None:
        return False
    if Role.OWNER in (role, found.role):
        member.need(Role.OWNER)
    if role != Role.OWNER:
        await _keep_an_owner(session, found)
    note(session, member.id, member.user_id, "role-changed", f"{await _email(session, user_id)}: {found.role} to {role}", address)
    found.role = role
    session.add(found)
    await session.commit()
    return True


async def remove(session: AsyncSession, member: Member, user_id: int, address: str = "") -> bool:
    """Takes somebody out of the organisation, or oneself; False where they are no member. Commits.

    Raises 403 for who is no admin and removes another, and for an admin who removes an owner; `Refused` for the last owner.
    """
    leaves = user_id == member.user_id
    if not leaves:
        member.need(Role.ADMIN)
    found = await _locked(session, member, user_id)
    if found is None:
        return False
    if found.role == Role.OWNER and not leaves:
        member.need(Role.OWNER)
    await _keep_an_owner(session, found)
    note(session, member.id, member.user_id, "left" if leaves else "removed", await _email(session, user_id), address)
    await session.delete(found)
    await session.commit()
    return True


async def acts(session: AsyncSession, member: Member, before: int | None = None, limit: int = 50) -> list[ActLine]:
    """The newest acts, or those before an act of that number. Raises 403 for who is no admin."""
    member.need(Role.ADMIN)
    query = select(Act, User).join(User, col(User.id) == col(Act.user_id), isouter=True)
    query = query.where(Act.organisation_id == member.id)
    if before is not None:
        query = query.where(col(Act.id) < before)
    found = (await session.exec(query.order_by(col(Act.id).desc()).limit(limit))).all()
    return [ActLine(act.id or 0, act.at, user.email if user else "", act.what, act.about, act.address) for act, user in found]


async def _locked(session: AsyncSession, member: Member, user_id: int) -> Membership | None:
    """Somebody's membership. The organisation is locked first: two owners who leave at once must see one another."""
    await session.exec(select(Organisation.id).where(Organisation.id == member.id).with_for_update())
    query = select(Membership).where(Membership.organisation_id == member.id, Membership.user_id == user_id)
    return (await session.exec(query.execution_options(populate_existing=True))).first()


async def _keep_an_owner(session: AsyncSession, leaving: Membership) -> None:
    if leaving.role != Role.OWNER:
        return
    query = select(func.count()).select_from(Membership).where(Membership.organisation_id == leaving.organisation_id)
    if (await session.exec(query.where(Membership.role == Role.OWNER))).one() == 1:
        raise Refused("A team needs an owner. Make somebody else one first.")


async def _email(session: AsyncSession, user_id: int) -> str:
    return (await session.exec(select(User.email).where(User.id == user_id))).one()

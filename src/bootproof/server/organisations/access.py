"""What a person may see: every query starts from their membership, so what is somebody else's is simply not found."""

from dataclasses import dataclass

from fastapi import HTTPException
from sqlalchemy import and_, bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.organisations.models import Membership, Organisation, Role
from bootproof.server.projects.models import Project

NO_TEAM, NO_PROJECT = "There is no such team.", "There is no such project."

# Built once: to put a statement together takes as long as to send it.
_PROJECT = (
    select(Organisation, Membership, Project)
    .join(Membership, col(Membership.organisation_id) == col(Organisation.id))
    .outerjoin(Project, and_(col(Project.organisation_id) == col(Organisation.id), col(Project.slug) == bindparam("project")))
    .where(Membership.user_id == bindparam("user"), Organisation.slug == bindparam("team"))
)


@dataclass(frozen=True)
class Member:
    """A person in an organisation."""

    organisation: Organisation
    user_id: int
    role: Role

    @property
    def id(self) -> int:
        """The organisation's number."""
        assert self.organisation.id is not None
        return self.organisation.id

    def need(self, role: Role) -> None:
        """Raises 403 where the member's role does not include that one: of their own team it may be told."""
        if not self.role.may(role):
            raise HTTPException(403, f"This needs the role {role.value}.")


async def member_of(session: AsyncSession, user_id: int, slug: str) -> Member:
    """The membership in the organisation of that slug. Raises 404, whether it is another's or not there."""
    query = select(Organisation, Membership).join(Membership, col(Membership.organisation_id) == col(Organisation.id))
    found = (await session.exec(query.where(Membership.user_id == user_id, Organisation.slug == slug))).first()
    if found is None:
        raise HTTPException(404, NO_TEAM)
    return Member(found[0], user_id, Role(found[1].role))


async def project_of(session: AsyncSession, user_id: int, slug: str, name: str) -> tuple[Member, Project]:
    """The project of that slug in a team of the person's. Raises 404, whether it is another's or not there."""
    found = (await session.exec(_PROJECT, params={"user": user_id, "team": slug, "project": name})).first()
    organisation, membership, project = found or (None, None, None)
    if organisation is None or membership is None:
        raise HTTPException(404, NO_TEAM)
    if project is None:
        raise HTTPException(404, NO_PROJECT)
    return Member(organisation, user_id, Role(membership.role)), project

"""Projects of an organisation: made, listed, renamed, deleted. Who asks was checked before."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.names import Refused, slug_of
from bootproof.server.organisations.access import Member
from bootproof.server.organisations.acts import note
from bootproof.server.organisations.models import Role
from bootproof.server.projects.models import Project
from bootproof.server.security.secrets import new_secret

MOST_PROJECTS = 1000  # of one organisation, so that its list needs no pages
_BADGE_KEY = 18  # bytes


async def create(session: AsyncSession, member: Member, name: str, address: str = "") -> Project:
    """A new project. Commits. Raises 403 for a viewer, `Refused` for a name that is taken or none."""
    member.need(Role.MEMBER)
    slug = slug_of(name, "project")
    if len(await list_of(session, member)) >= MOST_PROJECTS:
        raise Refused(f"A team has at most {MOST_PROJECTS} projects.")
    project = Project(organisation_id=member.id, slug=slug, name=name.strip(), badge_key=new_secret(_BADGE_KEY))
    session.add(project)
    note(session, member.id, member.user_id, "project-created", slug, address)
    await _commit(session, slug)
    return project


async def list_of(session: AsyncSession, member: Member) -> list[Project]:
    """The projects of the member's organisation by name, each with what its last audit said."""
    query = select(Project).where(Project.organisation_id == member.id)
    return list((await session.exec(query.order_by(col(Project.name), col(Project.id)).limit(MOST_PROJECTS))).all())


async def change(
    session: AsyncSession,
    member: Member,
    project: Project,
    name: str | None = None,
    retention_days: int | None = None,
    address: str = "",
) -> None:
    """Gives a project another name, and its address with it, or another retention. Commits.

    Raises 403 for who is no admin, `Refused` for a name that is taken or none.
    """
    member.need(Role.ADMIN)
    if name is not None:
        slug = slug_of(name, "project") if name != project.name else project.slug
        note(session, member.id, member.user_id, "project-renamed", f"{project.slug} to {slug}", address)
        project.slug, project.name = slug, name.strip()
    if retention_days is not None:
        note(session, member.id, member.user_id, "retention-changed", f"{project.slug}: {retention_days} days", address)
        project.retention_days = retention_days
    session.add(project)
    await _commit(session, project.slug)


async def delete(session: AsyncSession, member: Member, project: Project, address: str = "") -> None:
    """Deletes a project with its audits and tokens. Commits. Raises 403 for who is no admin."""
    member.need(Role.ADMIN)
    note(session, member.id, member.user_id, "project-deleted", project.slug, address)
    await session.delete(project)
    await session.commit()


async def rotate_badge(session: AsyncSession, member: Member, project: Project, address: str = "") -> str:
    """Gives the badge another key, which is given back; the old one shows nothing any more. Commits. Raises 403."""
    member.need(Role.ADMIN)
    project.badge_key = new_secret(_BADGE_KEY)
    note(session, member.id, member.user_id, "badge-rotated", project.slug, address)
    session.add(project)
    await session.commit()
    return project.badge_key


async def _commit(session: AsyncSession, slug: str) -> None:
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise Refused(f"This team has a project `{slug}` already.") from None

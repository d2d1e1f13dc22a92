"""Projects and who owns them."""

from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError
from src.models import Project, Task, TaskStatus, User
from src.schemas.common import Page
from src.schemas.project import ProjectCreate, ProjectRead, ProjectSummary, ProjectUpdate


async def get_project(session: AsyncSession, user: User, project_id: UUID) -> Project:
    project = await session.get(Project, project_id)
    if project is None or project.owner_id != user.id:
        raise NotFoundError("There is no such project")
    return project


async def list_projects(session: AsyncSession, user: User, page: Page) -> list[Project]:
    query = (
        select(Project)
        .where(Project.owner_id == user.id)
        .order_by(col(Project.created_at).desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    return list((await session.exec(query)).all())


async def create_project(session: AsyncSession, user: User, data: ProjectCreate) -> Project:
    from src.services.notifications import notify

    project = Project(name=data.name, description=data.description, owner_id=user.id)
    session.add(project)
    notify(session, user, f"Project {project.name} was created")
    await session.commit()
    return project


async def update_project(
    session: AsyncSession, user: User, project_id: UUID, data: ProjectUpdate
) -> Project:
    project = await get_project(session, user, project_id)
    for name, value in data.model_dump(exclude_none=True).items():
        setattr(project, name, value)
    session.add(project)
    await session.commit()
    return project


async def delete_project(session: AsyncSession, user: User, project_id: UUID) -> None:
    project = await get_project(session, user, project_id)
    await session.delete(project)
    await session.commit()


async def summarise_project(session: AsyncSession, user: User, project_id: UUID) -> ProjectSummary:
    project = await get_project(session, user, project_id)
    query = (
        select(Task.status, func.count()).where(Task.project_id == project.id).group_by(Task.status)
    )
    counts = dict((await session.exec(query)).all())
    done = counts.pop(TaskStatus.done, 0)
    return ProjectSummary(
        project=ProjectRead.model_validate(project), open_tasks=sum(counts.values()), done_tasks=done
    )

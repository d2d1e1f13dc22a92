"""Tasks: what is to be done, by when, and how it is tagged."""

from uuid import UUID

from sqlalchemy.orm import selectinload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from src.core.errors import NotFoundError
from src.models import Project, Task, TaskStatus, User
from src.models.base import now
from src.schemas.common import Page
from src.schemas.task import TaskCreate, TaskUpdate
from src.services.projects import get_project
from src.services.tags import ensure_tags


def tasks_of(user: User) -> SelectOfScalar[Task]:
    """The tasks in the user's projects, with their tags."""
    return (
        select(Task)
        .join(Project)
        .where(Project.owner_id == user.id)
        .options(selectinload(Task.tags))
        .order_by(col(Task.created_at))
    )


async def get_task(session: AsyncSession, user: User, task_id: UUID) -> Task:
    task = (await session.exec(tasks_of(user).where(Task.id == task_id))).first()
    if task is None:
        raise NotFoundError("There is no such task")
    return task


async def list_tasks(
    session: AsyncSession,
    user: User,
    page: Page,
    *,
    project_id: UUID | None = None,
    status: TaskStatus | None = None,
) -> list[Task]:
    query = tasks_of(user)
    if project_id is not None:
        project = await get_project(session, user, project_id)
        query = query.where(Task.project_id == project.id)
    if status is not None:
        query = query.where(Task.status == status)
    return list((await session.exec(query.limit(page.limit).offset(page.offset))).all())


async def list_open_tasks(session: AsyncSession, user: User) -> list[Task]:
    query = tasks_of(user).where(Task.status != TaskStatus.done)
    return list((await session.exec(query)).all())


async def list_overdue_tasks(session: AsyncSession, user: User) -> list[Task]:
    query = tasks_of(user).where(Task.status != TaskStatus.done, col(Task.due_at) < now())
    return list((await session.exec(query)).all())


async def create_task(session: AsyncSession, user: User, data: TaskCreate) -> Task:
    project = await get_project(session, user, data.project_id)
    task = Task(
        title=data.title,
        description=data.description,
        due_at=data.due_at,
        project_id=project.id,
        assignee_id=user.id,
        tags=await ensure_tags(session, user, data.tags),
    )
    session.add(task)
    await session.commit()
    return task


async def update_task(session: AsyncSession, user: User, task_id: UUID, data: TaskUpdate) -> Task:
    task = await get_task(session, user, task_id)
    for name, value in data.model_dump(exclude_none=True, exclude={"tags"}).items():
        setattr(task, name, value)
    if data.tags is not None:
        task.tags = await ensure_tags(session, user, data.tags)
    session.add(task)
    await session.commit()
    return task


async def delete_task(session: AsyncSession, user: User, task_id: UUID) -> None:
    await session.delete(await get_task(session, user, task_id))
    await session.commit()

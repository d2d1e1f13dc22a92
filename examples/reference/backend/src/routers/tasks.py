from uuid import UUID

from fastapi import APIRouter, status

from src.dependencies import CurrentUser, PageDep, SessionDep
from src.models import Task, TaskStatus
from src.schemas.task import TaskCreate, TaskRead, TaskUpdate
from src.services import tasks

router = APIRouter()


@router.get("", response_model=list[TaskRead])
async def list_tasks(
    user: CurrentUser,
    session: SessionDep,
    page: PageDep,
    project_id: UUID | None = None,
    status: TaskStatus | None = None,
) -> list[Task]:
    return await tasks.list_tasks(session, user, page, project_id=project_id, status=status)


@router.post("", response_model=TaskRead, status_code=status.HTTP_201_CREATED)
async def create_task(data: TaskCreate, user: CurrentUser, session: SessionDep) -> Task:
    return await tasks.create_task(session, user, data)


@router.get("/{task_id}", response_model=TaskRead)
async def read_task(task_id: UUID, user: CurrentUser, session: SessionDep) -> Task:
    return await tasks.get_task(session, user, task_id)


@router.patch("/{task_id}", response_model=TaskRead)
async def update_task(
    task_id: UUID, data: TaskUpdate, user: CurrentUser, session: SessionDep
) -> Task:
    return await tasks.update_task(session, user, task_id, data)


@router.delete("/{task_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_task(task_id: UUID, user: CurrentUser, session: SessionDep) -> None:
    await tasks.delete_task(session, user, task_id)

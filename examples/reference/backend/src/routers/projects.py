from uuid import UUID

from fastapi import APIRouter, status

from src.dependencies import CurrentUser, PageDep, SessionDep
from src.models import Project
from src.schemas.project import ProjectCreate, ProjectRead, ProjectSummary, ProjectUpdate
from src.services import projects

router = APIRouter()


@router.get("", response_model=list[ProjectRead])
async def list_projects(user: CurrentUser, session: SessionDep, page: PageDep) -> list[Project]:
    return await projects.list_projects(session, user, page)


@router.post("", response_model=ProjectRead, status_code=status.HTTP_201_CREATED)
async def create_project(data: ProjectCreate, user: CurrentUser, session: SessionDep) -> Project:
    return await projects.create_project(session, user, data)


@router.get("/{project_id}", response_model=ProjectRead)
async def read_project(project_id: UUID, user: CurrentUser, session: SessionDep) -> Project:
    return await projects.get_project(session, user, project_id)


@router.get("/{project_id}/summary")
async def read_summary(project_id: UUID, user: CurrentUser, session: SessionDep) -> ProjectSummary:
    return await projects.summarise_project(session, user, project_id)


@router.patch("/{project_id}", response_model=ProjectRead)
async def update_project(
    project_id: UUID, data: ProjectUpdate, user: CurrentUser, session: SessionDep
) -> Project:
    return await projects.update_project(session, user, project_id, data)


@router.delete("/{project_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_project(project_id: UUID, user: CurrentUser, session: SessionDep) -> None:
    await projects.delete_project(session, user, project_id)

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from src.dependencies import CurrentUser, PageDep, SessionDep
from src.services.exports import tasks_as_csv
from src.services.projects import get_project
from src.services.tasks import list_tasks

router = APIRouter(prefix="/api/exports", tags=["exports"])


@router.get("/projects/{project_id}.csv", response_class=PlainTextResponse)
async def export_project(
    project_id: UUID, user: CurrentUser, session: SessionDep, page: PageDep
) -> str:
    project = await get_project(session, user, project_id)
    return tasks_as_csv(await list_tasks(session, user, page, project_id=project.id))

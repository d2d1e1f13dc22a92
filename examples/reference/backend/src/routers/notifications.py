from fastapi import APIRouter, status

from src.dependencies import CurrentUser, PageDep, SessionDep
from src.models import Notification
from src.schemas.notification import Digest, NotificationRead
from src.services import notifications

router = APIRouter()


@router.get("", response_model=list[NotificationRead])
async def list_notifications(
    user: CurrentUser, session: SessionDep, page: PageDep
) -> list[Notification]:
    return await notifications.list_notifications(session, user, page)


@router.post("/read", status_code=status.HTTP_204_NO_CONTENT)
async def mark_all_read(user: CurrentUser, session: SessionDep) -> None:
    await notifications.mark_all_read(session, user)


@router.get("/digest")
async def read_digest(user: CurrentUser, session: SessionDep) -> Digest:
    return await notifications.make_digest(session, user)

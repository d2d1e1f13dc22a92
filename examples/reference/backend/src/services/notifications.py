"""What people are told."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models import Notification, User
from src.schemas.common import Page
from src.schemas.notification import Digest
from src.services.tasks import list_open_tasks, list_overdue_tasks


def notify(session: AsyncSession, user: User, text: str) -> None:
    """Leave a note for the user; it is stored with the next commit."""
    session.add(Notification(text=text, user_id=user.id))


async def list_notifications(session: AsyncSession, user: User, page: Page) -> list[Notification]:
    query = (
        select(Notification)
        .where(Notification.user_id == user.id)
        .order_by(col(Notification.created_at).desc())
        .limit(page.limit)
        .offset(page.offset)
    )
    return list((await session.exec(query)).all())


async def mark_all_read(session: AsyncSession, user: User) -> None:
    query = select(Notification).where(
        Notification.user_id == user.id, col(Notification.read).is_(False)
    )
    for notification in (await session.exec(query)).all():
        notification.read = True
        session.add(notification)
    await session.commit()


async def make_digest(session: AsyncSession, user: User) -> Digest:
    unfinished = await list_open_tasks(session, user)
    overdue = await list_overdue_tasks(session, user)
    return Digest(
        text=f"Good morning, {user.name}: {len(unfinished)} unfinished, {len(overdue)} overdue",
        overdue=len(overdue),
    )

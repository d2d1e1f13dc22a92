"""Tags, each under the name that its owner gave it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

import src.services.search as search
from src.core.errors import ConflictError, NotFoundError
from src.models import Tag, TaskTag, User
from src.schemas.tag import TagCreate


def normalise(name: str) -> str:
    """Tags are compared without regard to case and to the spaces between words."""
    return " ".join(name.lower().split())


async def get_tag(session: AsyncSession, user: User, tag_id: UUID) -> Tag:
    tag = await session.get(Tag, tag_id)
    if tag is None or tag.owner_id != user.id:
        raise NotFoundError("There is no such tag")
    return tag


async def create_tag(session: AsyncSession, user: User, data: TagCreate) -> Tag:
    tag = Tag(name=normalise(data.name), color=data.color, owner_id=user.id)
    session.add(tag)
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        raise ConflictError("There is a tag of this name already") from error
    return tag


async def delete_tag(session: AsyncSession, user: User, tag_id: UUID) -> None:
    await session.delete(await get_tag(session, user, tag_id))
    await session.commit()


async def ensure_tags(session: AsyncSession, user: User, names: Iterable[str]) -> list[Tag]:
    """The tags of these names, made where there are none."""
    wanted = sorted({normalise(name) for name in names})
    found = await search.tags_by_name(session, user, wanted)
    known = {tag.name for tag in found}
    return found + [Tag(name=name, owner_id=user.id) for name in wanted if name not in known]


async def count_tasks(session: AsyncSession, user: User) -> list[tuple[Tag, int]]:
    query = (
        select(Tag, func.count(col(TaskTag.task_id)))
        .join(TaskTag, isouter=True)
        .where(Tag.owner_id == user.id)
        .group_by(col(Tag.id))
        .order_by(Tag.name)
    )
    return [(tag, count) for tag, count in (await session.exec(query)).all()]

"""Finding tags."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

import src.services.tags as tags
from src.models import Tag, User


async def tags_by_name(session: AsyncSession, user: User, names: Sequence[str]) -> list[Tag]:
    query = select(Tag).where(Tag.owner_id == user.id, col(Tag.name).in_(names)).order_by(Tag.name)
    return list((await session.exec(query)).all())


async def tags_containing(session: AsyncSession, user: User, part: str) -> list[Tag]:
    """The tags whose name contains `part`, however it is written."""
    query = (
        select(Tag)
        .where(
            Tag.owner_id == user.id,
            col(Tag.name).contains(tags.normalise(part), autoescape=True),
        )
        .order_by(Tag.name)
        .limit(50)
    )
    return list((await session.exec(query)).all())

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from src.dependencies import CurrentUser, SessionDep
from src.models import Tag
from src.schemas.common import TagName
from src.schemas.tag import TagCreate, TagRead, TagWithCount
from src.services import search, tags

router = APIRouter()


@router.get("")
async def list_tags(user: CurrentUser, session: SessionDep) -> list[TagWithCount]:
    counted = await tags.count_tasks(session, user)
    return [TagWithCount(tag=TagRead.model_validate(tag), tasks=count) for tag, count in counted]


@router.get("/search", response_model=list[TagRead])
async def search_tags(
    q: Annotated[TagName, Query()], user: CurrentUser, session: SessionDep
) -> list[Tag]:
    return await search.tags_containing(session, user, q)


@router.post("", response_model=TagRead, status_code=status.HTTP_201_CREATED)
async def create_tag(data: TagCreate, user: CurrentUser, session: SessionDep) -> Tag:
    return await tags.create_tag(session, user, data)


@router.delete("/{tag_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_tag(tag_id: UUID, user: CurrentUser, session: SessionDep) -> None:
    await tags.delete_tag(session, user, tag_id)

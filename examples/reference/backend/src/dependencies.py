"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import get_session
from src.core.errors import CredentialsError
from src.core.security import read_access_token
from src.models import User
from src.schemas.common import Page
from src.services.users import find_user

bearer = HTTPBearer(auto_error=False)

SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_current_user(
    session: SessionDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> User:
    if credentials is None:
        raise CredentialsError("An access token is needed")
    user = await find_user(session, read_access_token(credentials.credentials))
    if user is None:
        raise CredentialsError("The access token is of nobody")
    return user


def get_page(
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Page:
    return Page(limit=limit, offset=offset)


CurrentUser = Annotated[User, Depends(get_current_user)]
PageDep = Annotated[Page, Depends(get_page)]

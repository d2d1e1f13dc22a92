from fastapi import APIRouter

from src.dependencies import CurrentUser, SessionDep
from src.models import User
from src.schemas.user import UserRead, UserUpdate
from src.services.users import rename_user

router = APIRouter()


@router.get("/me", response_model=UserRead)
async def read_me(user: CurrentUser) -> User:
    return user


@router.patch("/me", response_model=UserRead)
async def update_me(data: UserUpdate, user: CurrentUser, session: SessionDep) -> User:
    return await rename_user(session, user, data.name)

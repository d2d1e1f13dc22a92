"""The errors that services raise, and the answers that they become."""

from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse


class TaskboardError(Exception):
    """What went wrong, in words for the person who asked."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFoundError(TaskboardError):
    status_code = status.HTTP_404_NOT_FOUND


class ConflictError(TaskboardError):
    status_code = status.HTTP_409_CONFLICT


class CredentialsError(TaskboardError):
    status_code = status.HTTP_401_UNAUTHORIZED


async def answer_error(request: Request, error: TaskboardError) -> JSONResponse:
    return JSONResponse(status_code=error.status_code, content={"detail": error.message})


def register_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(TaskboardError, answer_error)

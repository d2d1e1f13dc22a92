"""Forms of pages: read by the models of the API, done by its functions; what is wrong is said at its field."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from fastapi import HTTPException, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from bootproof.server.security.forms import FIELD

Form = TypeVar("Form", bound=BaseModel)
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Refusal:
    """Why a form was not taken: in general, and by field. `given` is what was filled in, secrets left out."""

    code: int
    said: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A form that was not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.said)
        self.refusal = refusal


async def fields_of(request: Request) -> dict[str, str]:
    """What the form holds, without its token; files are left out."""
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str) and key != FIELD}


def read(form: type[Form], given: Mapping[str, object]) -> Form:
    """The form as its model takes it. Raises `Refused` with what is wrong at which field."""
    try:
        return form(**given)
    except ValidationError as problem:
        raise Refused(Refusal(422, "", _told(list(problem.errors())), _shown(given))) from None


async def done(action: Awaitable[Answer], given: Mapping[str, object] | None = None) -> Answer:
    """What the API's function answers. Raises `Refused` where it says no to this form; what is not found stays so."""
    try:
        return await action
    except RequestValidationError as problem:
        raise Refused(Refusal(422, "", _told(list(problem.errors())), _shown(given or {}))) from None
    except HTTPException as problem:
        if problem.status_code not in (400, 401, 403, 409, 429):
            raise
        raise Refused(Refusal(problem.status_code, str(problem.detail), {}, _shown(given or {}))) from None


def _told(errors: list[object]) -> dict[str, str]:
    told: dict[str, str] = {}
    for each in errors:
        assert isinstance(each, dict)
        name = str(each["loc"][-1]) if each["loc"] else ""
        told.setdefault(name, str(each["msg"]).removeprefix("Value error, "))
    return told


def _shown(given: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in given.items() if isinstance(value, str) and "password" not in key and key != "code"}

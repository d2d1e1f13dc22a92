import logging

from fastapi import APIRouter

router = APIRouter(prefix="/visits")
log = logging.getLogger(__name__)


@router.get("/")
def visits() -> list[str]:
    log.info("asked for visits")
    return []

"""The application: `python -m uvicorn src.main:app --port 8081`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from src.core.config import settings
from src.core.database import engine, init_db
from src.core.errors import register_error_handlers
from src.core.logging import get_logger, setup_logging
from src.routers import auth, health, notifications, projects, tags, tasks, users

setup_logging()
logger = get_logger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    logger.info("Starting application...")
    logger.info("Environment: %s", settings.environment)
    logger.info("CORS Origins: %s", settings.cors_origins)
    await init_db()
    logger.info("Database initialized successfully")
    yield
    await engine.dispose()


app = FastAPI(title="Taskboard", version="1.4.0", lifespan=lifespan)

app.add_middleware(
    CORSMiddleware,
    allow_origins=settings.cors_origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)
register_error_handlers(app)

app.include_router(health.router)
app.include_router(auth.router, prefix="/api/auth", tags=["auth"])
app.include_router(users.router, prefix="/api/users", tags=["users"])
app.include_router(projects.router, prefix="/api/projects", tags=["projects"])
app.include_router(tasks.router, prefix="/api/tasks", tags=["tasks"])
app.include_router(tags.router, prefix="/api/tags", tags=["tags"])
app.include_router(notifications.router, prefix="/api/notifications", tags=["notifications"])

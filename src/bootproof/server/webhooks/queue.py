"""The worker of this process: takes jobs from PostgreSQL (procrastinate), tries again later what was not taken."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import structlog
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import DeleteJobCondition, Job
from psycopg import Error as PsycopgError
from psycopg_pool import PoolTimeout

from bootproof.server.database import Database
from bootproof.server.settings import Settings
from bootproof.server.webhooks.delivery import Untaken, deliver
from bootproof.server.webhooks.events import QUEUE, TASK
from bootproof.server.webhooks.sending import PATIENCE

log = structlog.get_logger("bootproof.server")

AT_ONCE = 8  # deliveries of this process under way
CONNECTIONS = 3  # to PostgreSQL, beside the pool of requests: one listens
AGAIN_AFTER = 5  # seconds, where the database was away
LOOKED_AT = 60.0  # seconds between looks for jobs whose worker is gone


class _Later(BaseRetryStrategy):
    """After a pause for each attempt; at once where the server was shut down in the midst of one."""

    def __init__(self, pauses: Sequence[int]) -> None:
        self._pauses = pauses

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again; None for never. Any other problem than the receiver's is of this server: it does not count."""
        if not isinstance(exception, Untaken):
            return RetryDecision(retry_in={"seconds": AGAIN_AFTER})
        return RetryDecision(retry_in={"seconds": self._pauses[exception.attempts - 1]})


class Queue:
    """Guards the worker. A database that is away is asked again; nothing that was put into the queue is lost."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def start(self) -> None:
        """Begins to work, in the background: the server need not wait for it."""
        self._task = asyncio.create_task(self._kept_up())

    async def close(self) -> None:
        """Ends it; what is under way has a moment to end, else is tried again by another."""
        self._ending = True  # the worker takes a cancellation for itself, and may raise another problem in its place
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _kept_up(self) -> None:
        while True:
            try:
                async with self._app().open_async() as app, asyncio.TaskGroup() as together:
                    stalled = together.create_task(_look_for_stalled(app))
                    await app.run_worker_async(
                        queues=[QUEUE],
                        concurrency=AT_ONCE,
                        listen_notify=not self._settings.database.pooled,
                        shutdown_graceful_timeout=PATIENCE + 1,
                        delete_jobs=DeleteJobCondition.ALWAYS.value,  # what came of it is told by the delivery
                        install_signal_handlers=False,
                    )
                    stalled.cancel()
            except* (ProcrastinateException, PsycopgError, PoolTimeout, OSError) as problem:
                log.warning("the queue's database is away", reason=type(problem.exceptions[0]).__name__)
            if self._ending:
                return
            await asyncio.sleep(AGAIN_AFTER)

    def _app(self) -> App:
        address = self._settings.database
        options: dict[str, Any] = {**address.libpq, **({"prepare_threshold": None} if address.pooled else {})}
        app = App(connector=PsycopgConnector(conninfo="", kwargs=options, min_size=1, max_size=CONNECTIONS, timeout=10))

        @app.task(name=TASK, queue=QUEUE, retry=_Later(self._settings.webhook_pauses))
        async def _deliver(*, delivery: int) -> None:
            try:
                await deliver(self._database.sessions, self._settings, delivery)
            except Untaken:
                raise
            except Exception:
                log.exception("a delivery failed here, and is tried again", delivery=delivery)
                raise

        return app


async def _look_for_stalled(app: App) -> None:
    """Gives back the jobs of workers that are gone."""
    while True:
        await asyncio.sleep(LOOKED_AT)
        for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
            with contextlib.suppress(ProcrastinateException):  # another server gave it back meanwhile
                await app.job_manager.retry_job(job)

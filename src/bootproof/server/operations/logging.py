"""Logs: JSON lines with the request's id; plain lines in development. Secrets are masked on their way out."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from bootproof.model.masking import mask

Event = MutableMapping[str, Any]


def set_up(environment: str) -> None:
    """Makes structlog and the standard library's logging write one line for each event to standard error."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if environment == "production" else _plain
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # its worker says more, with traces; ours says it in a line
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], name != "uvicorn.access"  # requests are logged by our own middleware


def _mask(logger: Any, method: str, event: Event) -> Event:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = mask(value)
    return event


def _plain(logger: Any, method: str, event: Event) -> str:
    event.pop("timestamp", None)
    level = str(event.pop("level", "info")).upper()
    said = str(event.pop("event", ""))
    problem = event.pop("exception", "")
    more = "".join(f" {key}={value}" for key, value in event.items() if not key.startswith("_"))
    return f"{level}: {said}{more}" + (f"\n{problem}" if problem else "")

"""One attempt to send: a POST to an address that may be called, and what was answered."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from typing import Any

import httpcore2

from bootproof import __version__
from bootproof.server.tables import now
from bootproof.server.webhooks.addresses import Guarded, Private
from bootproof.server.webhooks.signing import headers

PATIENCE = 8.0  # seconds for one attempt, all in all


@dataclass(frozen=True)
class Answer:
    """How an attempt ended: the status, None where there was none, and in a few words why not."""

    status: int | None
    note: str = ""

    @property
    def taken(self) -> bool:
        """Whether the receiver says that it has it."""
        return self.status is not None and 200 <= self.status < 300


async def send(url: str, secret: str, message_id: str, payload: dict[str, Any], private: bool) -> Answer:
    """Sends once. A redirect is no answer: it could lead anywhere. The receiver's words are not kept."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    told = {
        "content-type": "application/json",
        "user-agent": f"bootproof/{__version__}",
        **headers(secret, message_id, now(), body),
    }
    try:
        async with (
            asyncio.timeout(PATIENCE),
            httpcore2.AsyncConnectionPool(ssl_context=ssl.create_default_context(), network_backend=Guarded(private)) as pool,
            pool.stream("POST", url, headers=list(told.items()), content=body) as response,
        ):
            return Answer(response.status, "" if response.status < 300 else f"answered {response.status}")
    except Private:
        return Answer(None, "the host has a private address")
    except TimeoutError:
        return Answer(None, f"no answer within {PATIENCE:g} seconds")
    except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, httpcore2.ProxyError) as problem:
        return Answer(None, f"no answer ({_reason(problem)})")
    except (OSError, ValueError) as problem:
        return Answer(None, f"no connection ({type(problem).__name__})")


def _reason(problem: Exception) -> str:
    said = str(problem)
    return "the certificate is not good" if "certificate" in said.lower() else type(problem).__name__

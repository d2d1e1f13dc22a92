"""Prometheus metrics, on a port of their own: who may use the server is not asked to see them."""

from dataclasses import dataclass
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, start_http_server
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool
from starlette.types import Scope

from bootproof.server.operations.starting import NotStarted

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts the requests of one server process. Routes are named by their pattern, so that there are few."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        labels = ("method", "route")
        self._requests = Counter("bootproof_requests", "Requests answered.", (*labels, "status"), registry=self.registry)
        self._seconds = Histogram(
            "bootproof_request_seconds", "Seconds from a request to its answer.", labels, buckets=_SECONDS, registry=self.registry
        )
        self.under_way = Gauge("bootproof_requests_under_way", "Requests that are not answered yet.", registry=self.registry)
        pool = engine.pool
        if isinstance(pool, QueuePool):
            used = Gauge("bootproof_database_connections", "Connections to PostgreSQL that are in use.", registry=self.registry)
            used.set_function(pool.checkedout)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Notes a request. What no route matched is one route, and what no standard names one method: neither may grow."""
        route = str(getattr(scope.get("route"), "path", "")) or ("/static" if scope["path"].startswith("/static/") else "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


@dataclass(frozen=True)
class Served:
    """The metrics' own server, in a thread."""

    server: WSGIServer
    thread: Thread

    def close(self) -> None:
        """Ends it, its socket too."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def serve(metrics: Metrics, host: str, port: int) -> Served:
    """Serves the metrics at `/metrics`. Raises `NotStarted` where the port cannot be had."""
    try:
        server, thread = start_http_server(port, host, metrics.registry)
    except OSError as problem:
        said = problem.strerror or type(problem).__name__
        raise NotStarted(f"METRICS_PORT: {host}:{port} cannot be listened on ({said}); name another port") from None
    return Served(server, thread)

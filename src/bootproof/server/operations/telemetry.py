"""OpenTelemetry, where it is asked for by its own variables and its extra is installed."""

import os
from typing import Any

import structlog
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")  # OpenTelemetry Protocol Exporter

log = structlog.get_logger("bootproof.server")


def instrument(app: FastAPI, engine: AsyncEngine) -> None:
    """Traces requests and what they ask PostgreSQL, sent to the endpoint that the environment names. Nothing without one."""
    if not any(os.environ.get(each) for each in ENDPOINTS):
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as missing:
        log.warning(f"no traces are sent: `{missing.name}` is not installed; pip install 'bootproof[server,telemetry]'")
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "bootproof"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FastAPIInstrumentor.instrument_app(
        app, server_request_hook=_without_addresses, excluded_urls="livez,readyz,health", tracer_provider=provider
    )
    # it asks for SQLAlchemy before 2.1, whose events are the same; the tests see that it does its work
    SQLAlchemyInstrumentor().instrument(engine=engine.sync_engine, tracer_provider=provider, skip_dep_check=True)
    app.state.traces = provider


def close(app: FastAPI) -> None:
    """Sends what is left."""
    provider = getattr(app.state, "traces", None)
    if provider is not None:
        provider.shutdown()


def _without_addresses(span: Any, scope: dict[str, Any]) -> None:
    """The span has the route. Addresses hold tickets and badge keys, and are left out.

    Their names: OpenTelemetry's semantic conventions for HTTP, old and new.
    """
    for name in ("http.url", "http.target", "url.full", "url.path", "url.query"):
        if name in (span.attributes or {}):
            span.set_attribute(name, "…")

"""The application object: loading it, its lifespan, its first requests, what it has registered."""

import asyncio
import importlib
import importlib.util
import os
import sys

from . import describe, frameworks, probe


def load(target):
    """The application object, as a server would load it. Raises what the project raises."""
    module = importlib.import_module(target["module"])
    found = module
    for part in target["attribute"].split("."):
        found = getattr(found, part)
    return found() if target.get("call") else found


def loaded_in_loop():
    """Whether the installed uvicorn imports the application inside its running event loop.

    Older releases do; newer ones load it in `run`, before there is a loop. The text is read, not imported: a trial
    has no other use for uvicorn.
    """
    spec = importlib.util.find_spec("uvicorn")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        try:
            with open(os.path.join(folder, "main.py"), encoding="utf-8") as source:
                return "config.load" not in source.read()
        except OSError:
            continue
    return False


def innermost(app):
    """The framework's application behind wrapping middleware, else the object itself."""
    seen = set()
    while id(app) not in seen:
        seen.add(id(app))
        if hasattr(app, "router") or hasattr(app, "url_map"):
            return app
        inner = getattr(app, "app", None)
        if inner is None or isinstance(inner, (str, bytes, int)):
            return app
        app = inner
    return app


def has_lifespan(app):
    """Whether this is a framework's application, which always speaks lifespan, not a plain ASGI callable."""
    app = innermost(app)
    return any(
        base.__module__.split(".")[0] in ("starlette", "fastapi", "litestar", "quart") for base in type(app).__mro__
    )


class Lifespan:
    """The lifespan protocol (ASGI 3, lifespan 2.0) of one application, held open between startup and shutdown."""

    def __init__(self, app, interface):
        self.app = app
        self.interface = interface
        self.incoming = asyncio.Queue()
        self.answer = asyncio.Queue()
        self.task = None
        self.asked = False
        self.cancelled = None

    async def startup(self):
        """(None, None) where it is up; else what is wrong, and the exception where there is one."""
        if self.interface == "wsgi":
            return None, None
        self.task = asyncio.ensure_future(self.speak())
        await self.incoming.put({"type": "lifespan.startup"})
        return await self.wait("startup")

    async def shutdown(self):
        if self.task is None or self.task.done():
            return None, None
        await self.incoming.put({"type": "lifespan.shutdown"})
        return await self.wait("shutdown")

    async def speak(self):
        async def receive():
            self.asked = True
            return await self.incoming.get()

        async def send(message):
            await self.answer.put(message)

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError as error:
            self.cancelled = error  # a task that was cancelled keeps no exception
            raise

    async def wait(self, phase):
        answer = asyncio.ensure_future(self.answer.get())
        await asyncio.wait({answer, self.task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            message = answer.result()
            if message["type"] == "lifespan.%s.complete" % phase:
                return None, None
            # Starlette tells the traceback as text and then raises the exception itself
            done, _pending = await asyncio.wait({self.task}, timeout=0.5)
            error = self.cancelled if self.task.cancelled() else self.task.exception() if done else None
            return "the lifespan answered %s" % message["type"], error
        answer.cancel()
        error = None if self.task.cancelled() else self.task.exception()
        if error is None:
            if self.task.cancelled():
                return "the lifespan was cancelled during %s" % phase, self.cancelled
            if phase == "shutdown" or not has_lifespan(self.app):
                return None, None  # it returned without a word: lifespan is not supported
            return "the lifespan ended without completing %s" % phase, None
        if phase == "startup" and not self.asked and not has_lifespan(self.app):
            return None, None  # a plain ASGI application that asserts `http`
        return "the lifespan broke", error


def registered(app):
    """Routes, middleware and table names that the application knows, as plain data."""
    core = innermost(app)
    routes = sorted(set(walk(getattr(core, "routes", None) or [], "", set())))
    if not routes and hasattr(core, "url_map"):
        routes = sorted(
            "%s %s" % (method, rule.rule) for rule in core.url_map.iter_rules() for method in rule.methods or ()
        )
    routes = routes or frameworks.django_routes(app)
    hooks = [
        "middleware %s" % describe.qualified(getattr(each, "cls", type(each)))
        for each in getattr(core, "user_middleware", None) or []
    ]
    router = getattr(core, "router", None)
    for name in ("on_startup", "on_shutdown"):
        hooks += [
            "%s %s" % (name, getattr(each, "__qualname__", repr(each))) for each in getattr(router, name, None) or []
        ]
    if getattr(router, "lifespan_context", None) is not None:
        hooks.append("lifespan")
    return {"routes": routes, "hooks": hooks, "models": tables()}


def walk(routes, prefix, seen):
    """Every route, those of mounted applications and of included routers as well (FastAPI keeps them nested)."""
    for route in routes:
        if id(route) in seen:
            continue
        seen.add(id(route))
        included = getattr(route, "original_router", None)
        if included is not None:  # newer releases of FastAPI keep an included router as one entry
            added = getattr(getattr(route, "include_context", None), "prefix", "") or ""
            yield from walk(getattr(included, "routes", []), prefix + added, seen)
            continue
        path = getattr(route, "path", None)
        methods = getattr(route, "methods", None)
        inner = getattr(route, "routes", None)
        if methods and path is not None and (hasattr(route, "endpoint") or not inner):
            for method in sorted(methods):
                yield "%s %s%s" % (method, prefix, path)
        elif inner:
            yield from walk(inner, prefix + (path or getattr(route, "prefix", "") or ""), seen)
        elif path is not None and type(route).__name__ == "WebSocketRoute":
            yield "WEBSOCKET %s%s" % (prefix, path)
        elif path is not None:
            yield "MOUNT %s%s" % (prefix, path)


def tables():
    """Names of the tables that SQLAlchemy's registries know, found through what is loaded."""
    found = set()
    sqlmodel = sys.modules.get("sqlmodel")
    if sqlmodel is not None:
        found.update(sqlmodel.SQLModel.metadata.tables)
    orm = sys.modules.get("sqlalchemy.orm")
    if orm is not None:
        for base in list(orm.DeclarativeBase.__subclasses__()) if hasattr(orm, "DeclarativeBase") else []:
            found.update(getattr(getattr(base, "metadata", None), "tables", {}))
    return sorted(str(each) for each in found)


def health_path(routes, wanted):
    """The route to ask first: the one named, a health route, else the root."""
    if wanted:
        return wanted
    gets = [each[4:] for each in routes if each.startswith("GET ")]
    for path in probe.HEALTH:
        if path in gets:
            return path
    plain = [
        path for path in gets if path.rstrip("/").endswith(("/health", "/healthz", "/health-check")) and "{" not in path
    ]
    return plain[0] if plain else "/"


async def ready(app, spec, events, recorder):
    """Asks the health route. (None, None) where it answers below 500; 404 on `/` is alive.

    Where there is none, `/` is asked in its place. That it fails is a failed request: the server is up all the same.
    """
    routes = registered(app)["routes"]
    path = health_path(routes, spec.get("health"))
    known = path != "/" or bool(spec.get("health"))
    if not known:
        recorder.stage = "requests"
    if spec["target"].get("interface") == "wsgi":
        # in a thread, as servers do: what such an application awaits must find no loop that runs
        status, body, error = await asyncio.get_running_loop().run_in_executor(None, wsgi_request, app, path)
    else:
        status, body, error = await request(app, "GET", path)
    events.send("exchange", method="GET", path=path, status=status, body=body[:2000].decode("utf-8", "replace"))
    if not known:
        recorder.stage = "ready"
        if isinstance(error, Exception) and not (isinstance(error, asyncio.TimeoutError) and status is not None):
            events.send("request-failed", method="GET", path=path, chain=describe.chain(error, recorder.root))
    elif error is not None or status is None or status >= 500:
        return "GET %s answered %s" % (path, status), error
    elif spec.get("health") and status >= 400:
        # whoever asks it takes this for an ill server, and everybody else for one that is up
        events.send("request-failed", method="GET", path=path, status=status, chain=[])
    return None, None


async def by_wsgi(app, path):
    """One GET by WSGI as a server makes it: in a thread where no event loop runs."""
    return await asyncio.get_running_loop().run_in_executor(None, wsgi_request, app, path)


def wsgi_request(app, path):
    """One GET by WSGI (PEP 3333): status, body, and the exception that got past the application, if any."""
    from wsgiref.util import setup_testing_defaults

    environ = {"PATH_INFO": path, "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    answered = []

    def start_response(status, _headers, exc_info=None):
        answered.append(int(status.split()[0]))
        return lambda data: None

    try:
        chunks = app(environ, start_response)
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
    except Exception as error:
        return None, b"", error
    return (answered[-1] if answered else None), body, None


async def request(app, method, path, body=b"", timeout=20.0, content_type="application/json", headers=(), seen=None):
    """One request in this process: status, body, and the exception that got past the application, if any.

    `seen` takes the `endpoint` that the application's router found.
    """
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"accept", b"*/*")]
        + ([(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())] if body else [])
        + [(name.lower().encode(), str(value).encode()) for name, value in dict(headers).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    sent, answered = [], {"status": None, "body": b""}

    async def receive():
        if sent:
            await asyncio.sleep(timeout)
            return {"type": "http.disconnect"}
        sent.append(True)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            answered["status"] = message["status"]
        elif message["type"] == "http.response.body":
            answered["body"] += message.get("body", b"")

    error = None
    asked = asyncio.ensure_future(app(scope, receive, send))
    await asyncio.wait({asked}, timeout=timeout)
    if not asked.done():
        asked.cancel()
        error = asyncio.TimeoutError("no answer within %g s" % timeout)
    elif asked.cancelled():
        error = asyncio.CancelledError()
    else:
        error = asked.exception()
    if seen is not None:
        seen["endpoint"] = scope.get("endpoint")
    return answered["status"], answered["body"], error

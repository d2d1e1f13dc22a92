"""The first requests to an application in this process: each route once, with what its handlers hide."""

import asyncio
import functools
import inspect
import json
import re
import time

from . import application, conversation, describe, frameworks

RAISES = re.compile(r"(?:^|[:;]\s*)raise\b")


class Handled:
    """The exceptions that the application's own handlers turned into answers, as chains, in the order that they were met."""

    def __init__(self, app, root):
        self.root = root
        self.chains = []
        core = application.innermost(app)
        frameworks.see_exceptions(core, lambda error: self.chains.append(describe.chain(error, root)))
        handlers = getattr(core, "exception_handlers", None)
        if isinstance(handlers, dict):  # Starlette reads it when the first scope arrives
            for kind, handler in list(handlers.items()):
                handlers[kind] = self.seeing(handler)

    def seeing(self, handler):
        inner = handler
        while isinstance(inner, functools.partial):
            inner = inner.func
        if inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(getattr(inner, "__call__", None)):

            @functools.wraps(handler)
            async def see(request, error):
                self.chains.append(describe.chain(error, self.root))  # now: its traceback goes when it is answered
                return await handler(request, error)
        else:

            @functools.wraps(handler)
            def see(request, error):
                self.chains.append(describe.chain(error, self.root))
                return handler(request, error)

        return see


async def ask_each(app, spec, events, recorder, handled):
    """Asks every route of the application's own OpenAPI document once; without one, what needs no parameters."""
    talk = conversation.asking(document_of(app, events, recorder))
    deadline = time.monotonic() + spec.get("requests_timeout", 20.0)
    answer = None
    while True:
        try:
            request = talk.send(answer)
        except StopIteration:
            return
        if time.monotonic() > deadline:
            events.send("unasked", method=request.method, path=request.template)
            return
        answer = await ask(app, request, events, recorder, handled, spec["target"].get("interface") == "wsgi")


def document_of(app, events, recorder):
    """The OpenAPI document, or one made of the registered routes that take no parameters."""
    core = application.innermost(app)
    if hasattr(core, "openapi") or frameworks.of(core, "litestar"):
        try:
            document = core.openapi() if hasattr(core, "openapi") else frameworks.document(core)
        except Exception as error:
            chain = describe.chain(error, recorder.root)
            events.send("request-failed", method="GET", path="/openapi.json", chain=chain)
        else:
            if document is not None:
                return json.loads(json.dumps(document, default=str))
    routes = [each.partition(" ") for each in application.registered(app)["routes"]]
    plain = [path for method, _, path in routes if method == "GET" and not set(path) & set("{<*")]
    return {"paths": {path: {"get": {}} for path in plain}}


async def ask(app, request, events, recorder, handled, wsgi=False):
    """One request; tells its exchange, and what went wrong with it. Gives back (status, body)."""
    seen = {}
    before = mark(handled, recorder)
    if wsgi:
        status, body, error = await application.by_wsgi(app, request.path)
    else:
        status, body, error = await application.request(
            app, request.method, request.path, request.body, 10.0, request.kind, request.headers, seen
        )
    path = request.path.partition("?")[0]
    events.send(
        "exchange",
        method=request.method,
        path=request.path,
        status=status,
        request_body=request.body[:2000].decode("utf-8", "replace"),
        body=conversation.shown(body[:2000]).decode("utf-8", "replace"),
    )
    told = {"method": request.method, "path": path, "endpoint": place_of(seen.get("endpoint"), recorder.root)}
    chain = None
    if isinstance(error, asyncio.TimeoutError) and status is not None:
        chain = None  # it answers, and goes on answering: a stream
    elif isinstance(error, Exception):
        chain = describe.chain(error, recorder.root)
    elif status is not None and status >= 500:
        chain = hidden(handled, recorder, before)
    elif status == 404 and not request.template.startswith("/"):
        chain, told["path"] = [], request.template  # no request can ever reach it
    if chain is not None:
        events.send("request-failed", chain=chain, status=status, **told)
    return (status, body) if status is not None else None


def mark(handled, recorder):
    """Where the exceptions of the next request begin."""
    return len(handled.chains), len(recorder.logged)


def hidden(handled, recorder, since):
    """The chain behind an answer of 5xx that somebody made of an exception; None where it is what the project means.

    `raise` in the project's own code, answered by its own handler, is meant; what such an exception was raised from,
    or what a library raised, is not.
    """
    for chain in reversed(handled.chains[since[0] :]):
        last = chain[0]["frames"][-1] if chain[0]["frames"] else None
        meant = last is not None and last["own"] and RAISES.search(last["source"])
        if not meant or len(chain) > 1:
            return chain
    logged = list(reversed(recorder.logged[since[1] :]))
    own = [chain for chain in logged if any(each["own"] for one in chain for each in one["frames"])]
    return next(iter(own + logged), None)


def place_of(endpoint, root):
    """Where the function that answers stands, as a frame of its first line; None where it is not the project's own."""
    try:
        code = inspect.unwrap(endpoint).__code__ if endpoint is not None else None
    except (AttributeError, ValueError):
        return None
    if code is None or not describe.is_own(code.co_filename, root):
        return None
    return {
        "file": describe.relative(code.co_filename, root),
        "line": code.co_firstlineno,
        "function": code.co_name,
        "module": getattr(endpoint, "__module__", "") or "",
        "own": True,
        "source": "",
    }

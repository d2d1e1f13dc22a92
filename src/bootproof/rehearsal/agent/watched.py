"""The agent's eyes inside a real server: what uvicorn loads, its lifespan, its requests, and where it listens."""

import importlib.util
import os
import sys
import time

from . import application, describe, observe, routes

WORKERS = 2  # of several that the project's code asks for: they do the same


def install(run, events):
    """Puts the hooks into uvicorn, where there is one; other servers are seen through what they log."""
    try:
        from uvicorn import config, importer, server
    except ImportError:
        return
    started = time.monotonic()
    real_load, real_import, real_startup = config.Config.load, importer.import_from_string, server.Server.startup
    real_exit = server.Server.handle_exit

    def load(self):
        try:
            real_load(self)
        except BaseException as error:
            if not isinstance(error, SystemExit):
                run.failed("import", started, error, "")
                run.recorder.stage = "failed"
            raise
        events.send("end", stage="import", seconds=time.monotonic() - started)
        events.send("registered", **application.registered(self.loaded_app))
        run.recorder.stage = "startup"
        self.loaded_app = Watched(self.loaded_app, run, events)

    def import_from_string(text):
        try:
            return real_import(text)
        except importer.ImportFromStringError as error:
            # uvicorn logs this one and exits; the module that it did not find is what counts
            run.failed("import", started, error, "")
            run.recorder.stage = "failed"
            raise

    async def startup(self, sockets=None):
        if sockets is None and not (self.config.uds or self.config.fd):
            tell_port(run.spec, self.config.port)
            observe.ask_for(self.config.host, self.config.port)
        return await real_startup(self, sockets=sockets)

    def handle_exit(self, number, frame):
        run.ending.begin()
        return real_exit(self, number, frame)

    real_init = config.Config.__init__

    def __init__(self, *arguments, **more):
        real_init(self, *arguments, **more)
        self.workers = min(self.workers, WORKERS)

    config.Config.__init__ = __init__
    config.Config.load = load
    server.Server.handle_exit = handle_exit
    server.Server.startup = startup
    importer.import_from_string = import_from_string
    sys.modules["uvicorn.config"].import_from_string = import_from_string
    if not run.spec["isolation"]:
        # uvloop binds in C, past the hook that gives this boot an address of its own
        loops = getattr(config, "LOOP_FACTORIES", None) or getattr(config, "LOOP_SETUPS", {})
        loops["auto"] = loops.get("asyncio")
        if "uvloop" in loops and importlib.util.find_spec("uvloop") is not None:
            loops["uvloop"] = loops["auto"]


def shown(run):
    """Keeps the last error that click makes of a command line: newer releases end the process without it."""
    try:
        from click.exceptions import ClickException
    except ImportError:
        return
    real = ClickException.__init__

    def __init__(self, *arguments, **more):
        run.shown = self
        real(self, *arguments, **more)

    ClickException.__init__ = __init__


def tell_port(spec, port):
    """Leaves the port for the one that asks: a server may open others too, for metrics say."""
    with open(os.path.join(spec["scratch"], "port"), "w") as file:
        file.write(str(port))


class Watched:
    """The application as uvicorn serves it, with its lifespan and its failed requests told."""

    def __init__(self, app, run, events):
        self.app = app
        self.run = run
        self.events = events
        self.handled = routes.Handled(app, run.root)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(scope, receive, send)
        status = []

        async def noting(message):
            if message["type"] == "http.response.start":
                status.append(message["status"])
            await send(message)

        mark = routes.mark(self.handled, self.run.recorder)
        try:
            answer = await self.app(scope, receive, noting)
        except Exception as error:
            self.failed(scope, status, describe.chain(error, self.run.root))
            raise
        chain = routes.hidden(self.handled, self.run.recorder, mark) if status and status[0] >= 500 else None
        if chain is not None:
            self.failed(scope, status, chain)
        return answer

    def failed(self, scope, status, chain):
        self.events.send(
            "request-failed",
            method=scope.get("method", ""),
            path=scope.get("path", ""),
            endpoint=routes.place_of(scope.get("endpoint"), self.run.root),
            status=status[0] if status else None,
            chain=chain,
        )

    async def lifespan(self, scope, receive, send):
        run, events = self.run, self.events
        phase = {"name": "startup", "since": time.monotonic(), "open": True, "asked": False}
        run.recorder.stage = "startup"
        events.send("begin", stage="startup")

        async def told(message):
            kind = message["type"].rpartition(".")[2]
            seconds = time.monotonic() - phase["since"]
            if kind == "complete":
                events.send("end", stage=phase["name"], seconds=seconds)
                phase["open"] = False
                run.recorder.stage = "ready" if phase["name"] == "startup" else "shutdown"
            elif kind == "failed":
                phase["refused"] = True
            await send(message)

        async def asked():
            message = await receive()
            phase["asked"] = True
            if message["type"] == "lifespan.shutdown":
                phase.update(name="shutdown", since=time.monotonic(), open=True)
                run.recorder.stage = "shutdown"
                events.send("begin", stage="shutdown")
                run.ending.begin()
            return message

        try:
            await self.app(scope, asked, told)
        except BaseException as error:
            supported = phase["asked"] or application.has_lifespan(self.app)
            if phase["open"] and supported:
                run.failed(phase["name"], phase["since"], error, "the lifespan broke")
            elif phase["open"]:
                events.send("end", stage="startup", seconds=time.monotonic() - phase["since"])
            raise
        if phase.get("refused"):
            run.failed(phase["name"], phase["since"], None, "the lifespan answered that it failed")
        elif phase["open"] and phase["name"] == "startup":
            events.send("end", stage="startup", seconds=time.monotonic() - phase["since"])

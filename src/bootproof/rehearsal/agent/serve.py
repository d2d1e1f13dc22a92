"""The cold server: prestart, then the project's own real `uvicorn`, with the agent looking on."""

import atexit
import json
import os
import sys
import threading
import time

from . import application, boot, cell, describe, observe
from .events import Events


def main(arguments):
    events = Events(int(arguments[0]))
    os.set_inheritable(int(arguments[0]), False)
    with os.fdopen(int(arguments[1]), "rb") as told:
        spec = json.load(told)
    observe.install()
    boot.prepare(spec)
    run = boot.Boot(spec, events)
    run.tell_when_asked()
    observe.record(run.recorder)
    observe.hook_warnings(run.recorder)
    for command in spec["prestart"]:
        passed, _ = run.stage("prestart", lambda command=command: run.prestart(command))
        if not passed:
            events.send("command", argv=command["argv"])
            return 1
    run.recorder.stage = "import"
    events.send("begin", stage="import")
    started = time.monotonic()
    try:
        import uvicorn
        from uvicorn.config import Config
    except ImportError as problem:
        events.send("no-server", note=str(problem))
        return 71
    _watch(Config, run, events, started)
    sys.argv = ["uvicorn"] + list(spec["server"])
    try:
        uvicorn.main(args=list(spec["server"]), prog_name="uvicorn", standalone_mode=True)
    except SystemExit as end:
        if run.recorder.stage == "import":
            run.failed("import", started, end, "")
        return finish(end.code)
    except BaseException as error:
        run.failed(run.recorder.stage, started, error, "")
        return 1
    return finish(0)


def finish(code):
    """Ends the process as the interpreter would, without taking its heap apart, which nobody waits for in production.

    Threads that are no daemons are waited for, and what the project registered with atexit runs: both can hang an
    end, and a server that does not end is to be seen.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    cell.leave(code if isinstance(code, int) else int(code is not None))


def _watch(config, run, events, started):
    real = config.load

    def load(self):
        try:
            real(self)
        except BaseException as error:
            if not isinstance(error, SystemExit):
                run.failed("import", started, error, "")
                run.recorder.stage = "failed"
            raise
        events.send("end", stage="import", seconds=time.monotonic() - started)
        events.send("registered", **application.registered(self.loaded_app))
        run.recorder.stage = "startup"
        self.loaded_app = _Watched(self.loaded_app, run, events)

    config.load = load
    import uvicorn.importer

    real_import = uvicorn.importer.import_from_string

    def import_from_string(text):
        try:
            return real_import(text)
        except uvicorn.importer.ImportFromStringError as error:
            # uvicorn logs this one and exits; the module that it did not find is what counts
            run.failed("import", started, error, "")
            run.recorder.stage = "failed"
            raise

    uvicorn.importer.import_from_string = import_from_string
    sys.modules["uvicorn.config"].import_from_string = import_from_string



class _Watched:
    """The application as uvicorn serves it, with its lifespan and its failed requests told."""

    def __init__(self, app, run, events):
        self.app = app
        self.run = run
        self.events = events

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(scope, receive, send)
        try:
            return await self.app(scope, receive, send)
        except BaseException as error:
            if isinstance(error, Exception):
                self.events.send(
                    "request-failed",
                    method=scope.get("method", ""),
                    path=scope.get("path", ""),
                    chain=describe.chain(error, self.run.root),
                )
            raise

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

"""A real server where the project brings no uvicorn: hypercorn if it has that, the standard library's for WSGI.

What the project itself serves with is not known then. That its application comes up in a process of its own and answers
over a socket is.
"""

import signal
import time

from . import application


def serve(spec, run, events):
    """Serves until it is told to stop, and gives back the exit code; None where nothing here can serve it."""
    interface = spec["target"].get("interface")
    start = wsgi if interface == "wsgi" else hypercorn() if interface == "asgi" else None
    if start is None:
        return None
    # the report tells what was run
    named = "wsgiref.simple_server" if interface == "wsgi" else "hypercorn"
    events.send("instead", argv=[named, "%(module)s:%(attribute)s" % spec["target"]])
    passed, app = run.stage("import", lambda: application.load(spec["target"]))
    if not passed:
        return 1
    events.send("registered", **application.registered(app))
    return start(app, spec, run, events)


def wsgi(app, spec, run, events):
    """PEP 3333 by the standard library, a thread for each request."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_arguments):
            return

    server = Server(("127.0.0.1", spec["port"]), Quiet)
    server.set_app(app)

    def stop(*_arguments):
        run.ending.begin()
        raise KeyboardInterrupt  # leaves `serve_forever`, which cannot be told to stop from its own thread

    signal.signal(signal.SIGTERM, stop)
    run.recorder.stage = "ready"
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        run.recorder.stage = "shutdown"
    events.send("end", stage="shutdown", seconds=0.0)
    return 0


def hypercorn():
    """The starter for hypercorn, None where it is not installed."""
    try:
        import hypercorn.asyncio
        from hypercorn.config import Config
    except ImportError:
        return None

    def start(app, spec, run, events):
        import asyncio

        from .watched import Watched

        config = Config()
        config.bind = ["127.0.0.1:%d" % spec["port"]]
        stop = asyncio.Event()

        async def serving():
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
            await hypercorn.asyncio.serve(Watched(app, run, events), config, mode="asgi", shutdown_trigger=stop.wait)

        began = time.monotonic()
        try:
            asyncio.run(serving())
        except BaseException as error:
            run.failed(run.recorder.stage, began, error, "")
            return 1
        return 0

    return start

"""One boot inside this process: prestart, import, startup, ready, shutdown, each told as it begins and ends."""

import asyncio
import importlib
import os
import runpy
import subprocess
import sys
import time
import traceback

from . import application, describe, observe


class StageFailed(Exception):
    """A stage ended without an exception to show; the text says how."""


class Boot:
    """The state of one boot: which stage it is in and what its specification says."""

    def __init__(self, spec, events):
        self.spec = spec
        self.events = events
        self.root = spec["root"]
        self.recorder = observe.Recorder(
            events, self.root, spec["lead"], spec["ports"], spec["hosts"], spec["allowed"]
        )

    def stage(self, name, work):
        """Runs one stage; tells its end and gives back whether it passed, and its result."""
        self.recorder.stage = name
        self.events.send("begin", stage=name)
        started = time.monotonic()
        try:
            result = work()
        except StageFailed as problem:
            self.failed(name, started, None, str(problem))
            return False, None
        except BaseException as error:  # the border: whatever a project raises, SystemExit included
            self.failed(name, started, error, "")
            return False, None
        self.events.send("end", stage=name, seconds=time.monotonic() - started)
        return True, result

    def failed(self, name, started, error, note):
        if error is not None:
            # what a server would print: the reader of a report knows tracebacks
            traceback.print_exception(type(error), error, error.__traceback__)
        self.events.send(
            "failed", stage=name, seconds=time.monotonic() - started, note=note,
            chain=describe.chain(error, self.root) if error is not None else [],
        )

    def run(self):
        """The whole boot. Gives back the exit code: 0 it started, 1 it did not."""
        spec = self.spec
        observe.record(self.recorder)
        observe.hook_warnings(self.recorder)
        for command in spec["prestart"]:
            passed, _ = self.stage("prestart", lambda command=command: self.prestart(command))
            if not passed:
                self.events.send("command", argv=command["argv"])
                return 1
        sys.argv = list(spec["argv"])
        passed, loaded = self.stage("import", lambda: application.load(spec["target"]))
        if not passed:
            return 1
        try:
            return asyncio.run(self.serve(loaded))
        except KeyboardInterrupt:
            self.failed("startup", time.monotonic(), None, "interrupted")
            return 1

    async def serve(self, loaded):
        spec = self.spec
        self.recorder.stage = "startup"
        self.events.send("begin", stage="startup")
        started = time.monotonic()
        lifespan = application.Lifespan(loaded, spec["target"].get("interface", "asgi"))
        try:
            problem, error = await lifespan.startup()
        except BaseException as raised:
            problem, error = "", raised
        if problem is not None:
            self.failed("startup", started, error, problem)
            return 1
        self.events.send("end", stage="startup", seconds=time.monotonic() - started)
        self.recorder.stage = "ready"
        self.events.send("begin", stage="ready")
        started = time.monotonic()
        self.events.send("registered", **application.registered(loaded))
        try:
            problem, error = await application.ready(loaded, spec, self.events)
        except BaseException as raised:
            problem, error = "", raised
        if problem is not None:
            self.failed("ready", started, error, problem)
            return 1
        self.events.send("end", stage="ready", seconds=time.monotonic() - started)
        if spec.get("routes"):
            self.recorder.stage = "requests"
            await application.each_route(loaded, spec, self.events, self.root)
        if spec.get("shutdown"):
            self.recorder.stage = "shutdown"
            self.events.send("begin", stage="shutdown")
            started = time.monotonic()
            try:
                problem, error = await lifespan.shutdown()
            except BaseException as raised:
                problem, error = "", raised
            if problem is not None:
                self.failed("shutdown", started, error, problem)
                return 0
            self.events.send("end", stage="shutdown", seconds=time.monotonic() - started)
        self.events.send("started")
        return 0

    def prestart(self, command):
        """Runs one command in a fork of this process, so that nothing that it imports stays behind.

        Python commands run in the fork itself (no second interpreter to start); others as what they are.
        """
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = self.command(command)
            except BaseException as error:
                if isinstance(error, SystemExit) and error.code in (None, 0):
                    code = 0
                else:
                    traceback.print_exc()
                    self.events.send("raised", stage="prestart", chain=describe.chain(error, self.root))
                    code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
            finally:
                for stream in (sys.stdout, sys.stderr):
                    try:
                        stream.flush()
                    except (OSError, ValueError):
                        code = code or 1  # a project may have closed its own stdout
                os._exit(code & 255)
        _pid, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise StageFailed("`%s` ended with exit code %d" % (" ".join(command["argv"]), code))

    def command(self, command):
        argv = list(command["argv"])
        os.chdir(os.path.join(self.root, command.get("directory", ".")))
        name = os.path.basename(argv[0])
        if name in ("python", "python3") or name.startswith("python3."):
            argv = [each for index, each in enumerate(argv[1:]) if not (index == 0 and each in ("-u", "-B"))]
            if argv[:1] == ["-m"]:
                sys.argv = [argv[1]] + argv[2:]
                sys.path.insert(0, os.getcwd())
                runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
                return 0
            if argv and argv[0].endswith(".py"):
                sys.argv = argv
                sys.path.insert(0, os.path.dirname(os.path.abspath(argv[0])))
                runpy.run_path(argv[0], run_name="__main__")
                return 0
            argv = [sys.executable] + argv
        elif name == "alembic":
            from alembic.config import main as alembic

            alembic(argv=argv[1:], prog="alembic")
            return 0
        sys.stdout.flush()
        return subprocess.call(argv)


def prepare(spec):
    """Makes this process what the server's process would be: folder, environment, module path."""
    os.chdir(os.path.join(spec["root"], spec["target"]["directory"]))
    os.environ.clear()
    os.environ.update(spec["env"])
    for folder in reversed([os.path.join(spec["root"], each) for each in spec["target"]["path"]]):
        folder = os.path.normpath(folder)
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)
    for folder in spec["layers"]:
        if folder not in sys.path:
            sys.path.append(folder)
    importlib.invalidate_caches()

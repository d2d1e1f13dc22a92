"""One boot inside this process: prestart, import, startup, ready, shutdown, each told as it begins and ends."""

import asyncio
import atexit
import gc
import importlib
import json
import os
import signal
import site
import subprocess
import sys
import time
import traceback

from . import application, cell, command, describe, observe, routes, stopping


class StageFailed(Exception):
    """A stage ended without an exception to show; the text says how."""


class Boot:
    """The state of one boot: which stage it is in and what its specification says."""

    def __init__(self, spec, events):
        self.spec = spec
        self.events = events
        self.known = set(sys.modules)
        self.root = spec["root"]
        self.pid = os.getpid()  # of the process that the boot began with: its workers are others
        self.began = time.monotonic()
        self.shown = None  # the last error that a command line was answered with
        alone = not (spec["probes"] or spec["served"])  # nobody asks it to stop, and nobody else ends it
        patience = spec["grace"] * (0.4 if alone else 0.8)  # a trial repeats what a real server has shown already
        self.ending = stopping.Ending(events, self.root, patience, leave=alone)
        self.recorder = observe.Recorder(events, self.root, spec["lead"], spec["ports"], spec["hosts"], spec["allowed"])

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
            show(error)
        self.events.send(
            "failed",
            stage=name,
            seconds=time.monotonic() - started,
            note=note,
            chain=describe.chain(error, self.root) if error is not None else [],
        )
        if os.getpid() != self.pid and name != "shutdown":
            self.doom()

    def failed_at_end(self, error):
        """A failure that ended this process, at whatever stage it is."""
        self.failed(self.recorder.stage or "import", self.began, error, "")
        self.recorder.stage = "failed"

    def doom(self):
        """Asks the keeper to end the boot: who has started a worker that fails would start it again and again."""
        with open(os.path.join(self.spec["scratch"], cell.DOOMED), "w"):
            return

    def run(self):
        """The whole boot. Gives back the exit code: 0 it started, 1 it did not."""
        spec = self.spec
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.signalled)
        self.tell_when_asked()
        observe.record(self.recorder)
        observe.hook_warnings(self.recorder)
        stopping.install(self.recorder)
        for each in spec["prestart"]:
            passed, _ = self.stage("prestart", lambda each=each: self.prestart(each))
            if not passed:
                self.events.send("command", argv=each["argv"])
                return 1
        sys.argv = list(spec["argv"])
        started = time.monotonic()
        try:
            if application.loaded_in_loop():
                code = asyncio.run(self.leave_from(self.load))
            else:
                loaded = self.load()
                code = asyncio.run(self.leave_from(lambda: loaded))
            return self.finish(code)
        except BaseException as error:  # SystemExit in a task of the project's own goes past everything
            self.failed(self.recorder.stage, started, error, "")
            return 1

    def load(self):
        """The application, in the stage `import`; the boot ends where it cannot be had."""
        gc.disable()  # the heap of the imports only grows: collecting it costs a fifth of the time and frees nothing
        passed, loaded = self.stage("import", lambda: application.load(self.spec["target"]))
        gc.enable()
        if not passed:
            self.tell_imports()
            cell.leave(1)
        return loaded

    def signalled(self, number, _frame):
        """The project ended itself, or its group. The first process of a namespace would not even notice."""
        self.failed(
            self.recorder.stage, time.monotonic(), None, "it was ended by %s of its own" % signal.Signals(number).name
        )
        cell.leave(128 + number)

    def tell_when_asked(self):
        """The keeper asks, when the time is up, where the start stands; then there is nothing more to wait for."""

        def tell(_number, frame):
            try:
                tasks = asyncio.all_tasks()
            except RuntimeError:  # no loop runs here
                tasks = ()
            self.events.send("standing", stacks=describe.standing(frame, tasks, self.root))
            cell.leave(1)

        signal.signal(cell.WHERE, tell)

    async def leave_from(self, load):
        """Ends the process from inside the loop: what the project still has running is nobody's business any more."""
        code = await self.serve(load())
        self.tell_imports()
        if not self.ending.begun:
            cell.leave(code)
        return code

    def finish(self, code):
        """Ends the process as the interpreter would, without taking its heap apart, which nobody waits for in production.

        Threads that are no daemons are waited for, and what the project registered with atexit runs: both can hang an
        end, and a server that does not end is to be seen.
        """
        self.ending.begin()
        stopping.end_threads()
        atexit._run_exitfuncs()
        cell.leave(code if isinstance(code, int) else int(code is not None))

    def tell_imports(self):
        """Tells which modules, not the project's own, were imported here: a zygote may have them before the next boot."""
        wanted = [name for name in list(sys.modules) if name not in self.known and self.shared(name)]
        self.events.send("imported", modules=wanted)

    def shared(self, name):
        file = getattr(sys.modules.get(name), "__file__", None)
        return isinstance(file, str) and not describe.is_own(file, self.root) and not name.startswith("_")

    async def serve(self, loaded):
        spec = self.spec
        self.recorder.stage = "startup"
        self.events.send("begin", stage="startup")
        started = time.monotonic()
        handled = routes.Handled(loaded, self.root) if spec.get("routes") else None
        lifespan = application.Lifespan(loaded, spec["target"].get("interface", "asgi"))
        try:
            problem, error = await lifespan.startup()
        except asyncio.CancelledError:
            raise  # the loop ends for what another task raised: that is what counts
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
            problem, error = await application.ready(loaded, spec, self.events, self.recorder)
        except asyncio.CancelledError:
            raise
        except BaseException as raised:
            problem, error = "", raised
        if problem is not None:
            self.failed("ready", started, error, problem)
            return 1
        self.events.send("end", stage="ready", seconds=time.monotonic() - started)
        if spec.get("routes"):
            self.recorder.stage = "requests"
            await routes.ask_each(loaded, spec, self.events, self.recorder, handled)
        if spec.get("shutdown"):
            self.recorder.stage = "shutdown"
            self.events.send("begin", stage="shutdown")
            self.ending.begin()
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

    def prestart(self, told):
        """Runs one command in a fork of this process, so that nothing that it imports stays behind.

        Python commands run in the fork itself (no second interpreter to start); others as what they are.
        """
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = self.command(told)
            except BaseException as error:
                if isinstance(error, SystemExit) and error.code in (None, 0):
                    code = 0
                else:
                    show(error)
                    self.events.send("raised", stage="prestart", chain=describe.chain(error, self.root))
                    code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1
            finally:
                cell.leave(code if isinstance(code, int) else 1)
        _pid, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            raise StageFailed("`%s` ended with exit code %d" % (" ".join(told["argv"]), code))

    def command(self, told):
        argv = list(told["argv"])
        os.chdir(os.path.join(self.root, told.get("directory", ".")))
        name = os.path.basename(argv[0])
        if command.is_python(argv):
            return command.interpret(argv[1:]) or 0
        if command.PYTHON.match(name):
            argv = [sys.executable] + argv[1:]
        elif name == "alembic":
            hidden = [os.path.normpath(os.path.join(self.root, each)) for each in told.get("hidden", ())]
            sys.path[:] = [each for each in sys.path if each not in hidden]
            alembic_of(self.root)(argv=argv[1:], prog="alembic")
            return 0
        cell.flush()
        try:
            return subprocess.call(argv)
        except PermissionError:
            # an image makes it executable when it is built; in the tree it need not be
            return subprocess.call(interpreter_of(argv[0]) + argv)


def alembic_of(root):
    """The entry point of the distribution alembic, as its console script finds it.

    A script's module path begins with its own folder, not with the project's: a package `alembic` of the
    project (its migrations) does not hide the distribution.
    """
    path = sys.path[:]
    inside = os.path.join(os.path.realpath(root), "")
    sys.path[:] = [each for each in path if not os.path.join(os.path.realpath(each), "").startswith(inside)]
    try:
        from alembic.config import main
    finally:
        sys.path[:] = path
    return main


def lead_children(spec):
    """Without a namespace, interpreters that the project starts are led to its own database by a module of theirs."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "children")
    others = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = folder + (os.pathsep + others if others else "")
    told = {key: spec[key] for key in ("root", "lead", "ports", "hosts", "allowed")}
    os.environ["BOOTPROOF_LEAD"] = json.dumps(told)


def interpreter_of(script):
    """The interpreter that a script's first line names, else the shell."""
    with open(script, "rb") as file:
        first = file.readline(200).decode("utf-8", "replace").strip()
    return first[2:].split() if first.startswith("#!") else ["sh"]


def show(error):
    """Prints a traceback where there is still something to print to."""
    try:
        traceback.print_exception(type(error), error, error.__traceback__)
    except BaseException as problem:  # a closed stderr; an exception that cannot be formatted
        try:
            os.write(2, ("%s (%s)\n" % (type(error).__name__, type(problem).__name__)).encode("utf-8", "replace"))
        except OSError:
            return


def add_layer(folder):
    """Puts a folder of distributions behind the environment's own, as one of its own: with what its `.pth` files do."""
    if folder not in sys.path:
        site.addsitedir(folder)


def prepare(spec):
    """Makes this process what the server's process would be: folder, environment, module path."""
    for gone in spec["gone"]:
        # in the tree as this process sees it: an overlay remembers it, a copy has lost it
        os.unlink(os.path.join(spec["root"], gone))
    os.chdir(os.path.join(spec["root"], spec["target"]["directory"]))
    os.environ.clear()
    os.environ.update(spec["env"])
    if not spec["isolation"]:
        lead_children(spec)
    for folder in reversed([os.path.join(spec["root"], each) for each in spec["target"]["path"]]):
        folder = os.path.normpath(folder)
        if folder in sys.path:
            sys.path.remove(folder)
        sys.path.insert(0, folder)
    for folder in spec["layers"]:
        add_layer(folder)
    for name in spec["found_first"]:
        # what this agent has loaded the server's process has not: it would find the project's own
        sys.modules.pop(name, None)
    importlib.invalidate_caches()

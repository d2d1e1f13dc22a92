"""The zygote: imports the project's third-party modules once, then forks itself for each trial and each question.

It serves one control socket: requests are JSON lines, each with one socket handed along, over which the fork
answers. A module that starts a thread while it is imported is left out, for a process with threads must not fork.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import time

from . import boot, cell, isolation, observe, probe, questions
from . import serve as real_server
from .events import Events

PLACED = ("gunicorn",)  # packages that take note of the working directory while they are imported
FAILED, THREADED = 81, 82  # exit codes of an import that is left out


class Missing:
    """The last finder: learns which top-level names were wanted and not there."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        if path is None:
            self.names.add(name.partition(".")[0])
        return


def main(arguments):
    control = socket.socket(fileno=int(arguments[0]))
    isolation.die_with_parent()
    spec = received(control)
    if spec["isolation"] == "user":
        isolation.enter_user_namespace()
    if not spec["isolation"]:
        isolation.adopt_orphans()
    os.chdir(spec["empty"])
    os.environ.clear()
    os.environ.update(spec["env"])
    for folder in spec["layers"]:
        boot.add_layer(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    observe.install()
    ready(control, spec["modules"], spec["reserved"])
    return 0


def ready(control, modules, reserved):
    """Imports the modules, tells what they came to, and serves."""
    missing = Missing()
    sys.meta_path.append(missing)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    report = preload(modules, frozenset(reserved))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    report["missing"] = sorted(missing.names)
    sys.meta_path.remove(missing)
    gc.collect()
    gc.freeze()
    control.sendall(json.dumps(report).encode() + b"\n")
    serve(control)


def grow(control, layers, modules, reserved):
    """A zygote made from this one: with further layers and further modules, the rest shared."""
    isolation.die_with_parent()
    for folder in layers:
        boot.add_layer(folder)
    importlib.invalidate_caches()
    ready(control, modules, reserved)


def received(control):
    """The specification: one line, sent over the socket because everybody on the machine can read arguments."""
    line = b""
    while not line.endswith(b"\n"):
        data = control.recv(1 << 16)
        if not data:
            os._exit(70)
        line += data
    return json.loads(line)


def preload(modules, reserved):
    """Imports what can be imported whole; gives back what was left out and why.

    A failed import leaves state behind (SQLAlchemy asks for greenlet only once), and a module that starts threads
    makes a process that must not fork. So each import is made in a fork that goes on as the zygote where it went
    well; where it did not, the process before it goes on without that module. Those before stay, waiting: they
    cost little, for they share their memory. A module that loads one of the `reserved` names is left out too: the
    project has a module of that name, which a trial may find first. Below a package that cannot be imported nothing
    can be, and nothing is tried: a large one would fail once for each of its modules.
    """
    started = time.monotonic()
    left_out = {}
    broken = set()
    count = threads()
    for name in modules:
        if name in sys.modules or name.partition(".")[0] in PLACED:
            continue
        if broken.intersection(packages(name)):
            left_out[name] = "failed"
            continue
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        pid = os.fork()
        if pid != 0:
            os.close(writing)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            told = told_of(reading)
            if told == "+":
                os._exit(status & 255)  # it was the zygote, and has ended
            os.close(reading)
            broken.update([told] if told else [])
            left_out[name] = "threads" if status == THREADED else "failed"
            continue
        isolation.die_with_parent()
        os.close(reading)
        before = set(sys.modules)
        try:
            importlib.import_module(name)
            if reserved & (set(sys.modules) - before):
                os._exit(FAILED)
        except BaseException:  # a broken third-party module is the trial's to show, not ours
            failed = [each for each in packages(name) if each not in sys.modules]
            os.write(writing, failed[0].encode() if failed else b"")
            os._exit(FAILED)
        if threads() > count:
            os._exit(THREADED)
        os.write(writing, b"+")
        os.close(writing)
    return {
        "event": "loaded",
        "left_out": left_out,
        "seconds": time.monotonic() - started,
        "top": sorted({name.partition(".")[0] for name in sys.modules}),
    }


def packages(name):
    """The packages that hold a module, outermost first."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def told_of(reading):
    """What the fork told of an import: "+" where it went well, the package that cannot be imported, or nothing.

    A module may end the process with any code by itself."""
    try:
        return os.read(reading, 1000).decode()
    except BlockingIOError:  # something that the module started holds the other end
        return ""


def threads():
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1


def serve(control):
    buffer = b""
    waiting = []
    while True:
        data, fds, _flags, _address = socket.recv_fds(control, 1 << 16, 8)
        if not data:
            return
        waiting.extend(fds)
        buffer += data
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            fd = waiting.pop(0)
            pid = os.fork()
            if pid == 0:
                control.close()
                for other in waiting:
                    os.close(other)
                handle(json.loads(line), fd)
            os.close(fd)


def handle(request, fd):
    """The fork's own life. Never returns."""
    code = 70
    try:
        if request["op"] == "grow":
            grow(socket.socket(fileno=fd), request["layers"], request["modules"], request["reserved"])
            code = 0
            return
        events = Events(fd)
        if request["op"] == "trial":
            os.nice(5)  # a cold server that boots beside trials is what takes longest
            spec = request["spec"]
            if spec["served"]:
                code = cell.keep(spec, events, real_server.trial, lambda up: probe.watch(spec, events, up))
            else:
                code = cell.keep(spec, events, trial)
        else:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.alarm(int(request.get("timeout", 20)))
            for folder in request.get("layers", ()):
                boot.add_layer(folder)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            events.send("answer", answer=questions.answer(request["question"], request["arguments"]))
            code = 0
    finally:
        os._exit(code)


def trial(spec, events):
    boot.prepare(spec)
    return boot.Boot(spec, events).run()

"""The zygote: imports the project's third-party modules once, then forks itself for each trial and each question.

It serves one control socket: requests are JSON lines, each with one socket handed along, over which the fork
answers. A module that starts a thread while it is imported is told, for a process with threads must not fork.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
import time

from . import boot, cell, isolation, observe, questions
from .events import Events


class Missing:
    """The last finder: learns which top-level names were wanted and not there."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        if path is None:
            self.names.add(name.partition(".")[0])
        return None


def main(arguments):
    control = socket.socket(fileno=int(arguments[0]))
    isolation.die_with_parent()
    spec = json.loads(arguments[1])
    if spec["isolation"] == "user":
        isolation.enter_user_namespace()
    os.chdir(spec["empty"])
    os.environ.clear()
    os.environ.update(spec["env"])
    for folder in spec["layers"]:
        sys.path.append(folder)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    observe.install()
    missing = Missing()
    sys.meta_path.append(missing)
    report = preload(spec["modules"])
    report["missing"] = sorted(missing.names)
    sys.meta_path.remove(missing)
    gc.collect()
    gc.freeze()
    control.sendall(json.dumps(report).encode() + b"\n")
    serve(control)
    return 0


def preload(modules):
    """Imports what can be imported; gives back what was loaded, what failed and what started threads."""
    started = time.monotonic()
    failed, threaded = {}, []
    count = threads()
    for name in modules:
        try:
            importlib.import_module(name)
        except BaseException as error:  # a broken third-party module is the trial's to show, not ours
            failed[name] = type(error).__name__
        now = threads()
        if now > count:
            threaded.append(name)
            count = now
    return {
        "event": "loaded", "failed": failed, "threaded": threaded, "seconds": time.monotonic() - started,
        "top": sorted({name.partition(".")[0] for name in sys.modules}),
    }


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
        events = Events(fd)
        if request["op"] == "trial":
            code = cell.keep(request["spec"], events, trial)
        else:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.alarm(int(request.get("timeout", 20)))
            for folder in request.get("layers", ()):
                if folder not in sys.path:
                    sys.path.append(folder)
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

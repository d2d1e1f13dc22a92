"""The end of a server: what keeps it from ending, and coroutines that were made and never awaited."""

import asyncio
import sys
import threading
import time
import warnings

from . import cell, describe

STARTED = "_bootproof_started"  # of a thread: the own frames that started it
_real_start = threading.Thread.start
_recorder = None


def install(recorder):
    """Puts the hooks in, in the thread whose coroutines are to be known by where they were made."""
    global _recorder
    _recorder = recorder
    threading.Thread.start = _start
    warnings._warn_unawaited_coroutine = _unawaited
    sys.set_coroutine_origin_tracking_depth(1)


def _start(self):
    if _recorder is not None:
        vars(self)[STARTED] = _own(sys._getframe(1), _recorder.root)
    return _real_start(self)


def _own(current, root):
    """The own frames that are running, outermost first: threads are started often, so nothing else is looked at."""
    found = []
    while current is not None:
        if describe.is_own(current.f_code.co_filename, root):
            found.append(describe.frame(current, current.f_lineno, root))
        current = current.f_back
    return list(reversed(found))


def _unawaited(coroutine):
    """What CPython calls for a coroutine that goes away without having begun (bpo-32591)."""
    recorder, origin = _recorder, coroutine.cr_origin
    if recorder is not None and origin and describe.is_own(origin[0][0], recorder.root):
        recorder.tell("unawaited", stage=recorder.stage, name=coroutine.__qualname__, frame=_frame(origin[0], recorder.root))
    text = "coroutine '%s' was never awaited" % coroutine.__qualname__
    warnings.warn(text, category=RuntimeWarning, stacklevel=2, source=coroutine)


def _frame(origin, root):
    file, line, function = origin
    return {
        "file": describe.relative(file, root),
        "line": line,
        "function": function,
        "module": "",
        "own": True,
        "source": describe.source_line(file, line),
    }


def end_threads():
    """What the interpreter does with threads when it ends: idle workers are told to go, all but daemons are waited for."""
    threading._shutdown()


class Ending:
    """Tells, when an end has not come within the grace, who keeps the process: threads, tasks, the main thread itself."""

    def __init__(self, events, root, grace, leave):
        self.events = events
        self.root = root
        self.grace = grace
        self.leave = leave  # whether nobody else ends the process
        self.loop = None
        self.begun = False

    def begin(self):
        """The server was asked to end."""
        if self.begun:
            return
        self.begun = True
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            self.loop = None
        _real_start(threading.Thread(target=self.watch, name="bootproof", daemon=True))

    def watch(self):
        time.sleep(self.grace)
        self.events.send("held", held=held(self.root, self.loop), seconds=self.grace)
        if self.leave:
            self.events.send("unstopped", seconds=self.grace)
            cell.leave(0)


def held(root, loop):
    """Each thread that is no daemon, each task and, where it runs own code, the main thread: where it stands, who began it."""
    current = sys._current_frames()
    found = []
    for thread in threading.enumerate():
        stack = _stack(current.get(thread.ident), root)
        main = thread is threading.main_thread()
        if thread.daemon or thread.ident == threading.get_ident() or (main and not any(each["own"] for each in stack)):
            continue
        found.append(
            {
                "kind": "main" if main else "thread",
                "name": thread.name,
                "type": describe.qualified(type(thread)),
                "frames": stack,
                "started": vars(thread).get(STARTED, []),
            }
        )
    for task in _tasks(loop):
        stack = [describe.frame(each, each.f_lineno, root) for each in describe.suspended(task.get_coro())]
        if any(each["own"] for each in stack):
            found.append({"kind": "task", "name": task.get_name(), "type": "", "frames": stack, "started": []})
    return found[:20]


def _tasks(loop):
    try:
        return asyncio.all_tasks(loop) if loop is not None else ()
    except RuntimeError:  # it changed while it was looked at, too often
        return ()


def _stack(current, root):
    found = []
    while current is not None:
        if not current.f_globals.get("__name__", "").startswith(describe.AGENT):
            found.append(describe.frame(current, current.f_lineno, root))
        current = current.f_back
    return list(reversed(found))[-describe.LIMIT_FRAMES :]

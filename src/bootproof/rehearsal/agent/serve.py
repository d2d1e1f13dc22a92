"""The project's own start: prestart, then the real server that it starts, in this process, with the agent looking on.

A cold boot is this in a fresh interpreter. A trial of a start that is more than `uvicorn module:attribute` is this in
a fork of a zygote.
"""

import json
import os
import signal
import time

from . import boot, command, fallback, observe, spawned, stopping, watched, worker
from .events import Events


def main(arguments):
    events = Events(int(arguments[0]))
    os.set_inheritable(int(arguments[0]), False)
    with os.fdopen(int(arguments[1]), "rb") as told:
        spec = json.load(told)
    observe.install()
    run = boot.Boot(spec, events)
    return run.finish(served(run, spec, events))


def trial(spec, events):
    """The same in a fork of a zygote; how it ends is of interest where that was asked for."""
    run = boot.Boot(spec, events)
    code = served(run, spec, events)
    return run.finish(code) if spec["shutdown"] else code


def served(run, spec, events):
    """The whole start. Gives back the exit code that its process would have."""
    boot.prepare(spec)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a zygote ignores it
    if not spec["isolation"]:
        # a server raises SIGTERM again once it has stopped, which the first process of a container, as of our
        # namespaces, does not notice: it goes on to its end
        signal.signal(signal.SIGTERM, lambda *_: None)
    run.tell_when_asked()
    observe.record(run.recorder)
    observe.hook_warnings(run.recorder)
    stopping.install(run.recorder)
    for each in spec["prestart"]:
        passed, _ = run.stage("prestart", lambda each=each: run.prestart(each))
        if not passed:
            events.send("command", argv=each["argv"])
            return 1
    run.recorder.stage = "import"
    events.send("begin", stage="import")
    if spec["own_start"] and not spec["isolation"]:
        observe.move_listeners(run.recorder)
    watched.install(run, events)
    worker.install(run, events)
    watched.shown(run)
    spawned.follow(run, events)
    started = time.monotonic()
    try:
        code = command.run(spec["argv"])
    except SystemExit as end:
        if run.recorder.stage == "import" and end.code not in (None, 0):
            end.__context__ = end.__context__ or run.shown
            run.failed("import", started, end, "")
        code = end.code
    except FileNotFoundError as error:
        if error.filename == os.path.basename(spec["argv"][0]) and not spec["own_start"]:
            code = fallback.serve(spec, run, events)
            if code is None:
                events.send("no-server", note=str(error))
                return 71
            run.tell_imports()
            return code
        run.failed_at_end(error)
        code = 127
    except BaseException as error:
        run.failed_at_end(error)
        code = 1
    run.tell_imports()
    return code if isinstance(code, int) else int(code is not None)

"""Processes that multiprocessing spawns (workers, reloaders) begin with the agent's eyes, as forked ones do by themselves.

A spawned child is a new interpreter. Its command line comes from `multiprocessing.spawn.get_command_line`, and the
files that it inherits from `multiprocessing.util.spawnv_passfds`; both are asked for at each spawn.
"""

import json
import os
import sys
from multiprocessing import process, spawn, util

from . import boot, observe, watched
from .events import Events

TOLD = "spawned.json"


def follow(run, events):
    """Lets every child that is spawned from here on tell what happens to it over the boot's own pipe."""
    told = os.path.join(run.spec["scratch"], TOLD)
    with open(told, "w") as file:  # the scratch is the boot's alone; settings hold secrets
        os.fchmod(file.fileno(), 0o600)
        json.dump(run.spec, file)
    start = os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py")
    begin = "import runpy; runpy.run_path(%r)['follow'](%d, %r, %d); " % (start, events.fd, told, run.pid)
    real_line, real_spawn = spawn.get_command_line, util.spawnv_passfds

    def get_command_line(**more):
        line = list(real_line(**more))
        if "-c" in line:
            line[line.index("-c") + 1] = begin + line[line.index("-c") + 1]
        return line

    def spawnv_passfds(path, args, passfds):
        return real_spawn(path, args, [*passfds, events.fd])

    spawn.get_command_line, util.spawnv_passfds = get_command_line, spawnv_passfds


def begin(fd, told, pid):
    """The first thing that a spawned child does."""
    with open(told) as file:
        spec = json.load(file)
    events = Events(fd)
    observe.install()
    run = boot.Boot(spec, events)
    run.pid = pid
    run.recorder.stage = "import"
    observe.record(run.recorder)
    observe.hook_warnings(run.recorder)
    if spec["own_start"] and not spec["isolation"]:
        observe.move_listeners(run.recorder)
    watched.install(run, events)
    follow(run, events)
    real_run, real_hook = process.BaseProcess.run, sys.excepthook

    def told_run(self):
        try:
            return real_run(self)
        except BaseException as error:
            if not (isinstance(error, SystemExit) and error.code in (None, 0)) and run.recorder.stage != "failed":
                run.failed_at_end(error)
            raise

    def hook(kind, error, trace):
        run.failed_at_end(error)
        return real_hook(kind, error, trace)

    process.BaseProcess.run = told_run
    sys.excepthook = hook

"""The agent's eyes inside a Celery worker: when its application and its task modules are loaded, when it is ready."""

import os
import time

from . import application

READY = "worker-ready"  # a file in the scratch of a boot by which the worker says that it takes tasks


def install(run, events):
    """Puts the hooks in, where the target is a worker. Signals are Celery's own way to be told."""
    if run.spec["target"].get("interface") != "celery":
        return
    try:
        from celery import signals
    except ImportError:
        return  # the command itself shows it
    began = {"at": time.monotonic()}

    def loaded(sender=None, instance=None, conf=None, **_more):
        events.send("end", stage="import", seconds=time.monotonic() - began["at"])
        app = getattr(instance, "app", None)
        tasks = sorted("TASK %s" % name for name in getattr(app, "tasks", {}) if not name.startswith("celery."))
        events.send("registered", routes=tasks, hooks=[], models=application.tables())
        run.recorder.stage = "startup"
        began["at"] = time.monotonic()
        events.send("begin", stage="startup")
        if conf is not None:
            # who is not there does not come: a worker would ask a hundred times and longer each time
            conf.broker_connection_retry = conf.broker_connection_retry_on_startup = False

    def ready(**_more):
        events.send("end", stage="startup", seconds=time.monotonic() - began["at"])
        run.recorder.stage = "ready"
        with open(os.path.join(run.spec["scratch"], READY), "w"):
            return

    def ending(**_more):
        run.ending.begin()
        run.recorder.stage = "shutdown"
        began["at"] = time.monotonic()
        events.send("begin", stage="shutdown")

    def ended(**_more):
        events.send("end", stage="shutdown", seconds=time.monotonic() - began["at"])

    # a signal holds what is connected weakly, unless it is told
    signals.celeryd_init.connect(loaded, weak=False)
    signals.worker_ready.connect(ready, weak=False)
    signals.worker_shutting_down.connect(ending, weak=False)
    signals.worker_shutdown.connect(ended, weak=False)


def watch(spec, events, up):
    """Waits until the worker is ready, and calls `up()`. There is nothing to ask."""
    started = time.monotonic()
    mark = os.path.join(spec["scratch"], READY)
    while not os.path.exists(mark):  # the keeper's time limit ends a worker that never is
        time.sleep(0.004)
    up()
    events.send("health", path="the worker", known=True, status=200, seconds=time.monotonic() - started)

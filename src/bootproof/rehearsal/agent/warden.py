"""One cold boot from outside: a real server process in a cell, probed over HTTP, asked to stop, and told of."""

import json
import os
import sys

from . import cell, isolation, probe
from .events import Events


def main(arguments):
    events = Events(int(arguments[0]))
    spec = json.loads(sys.stdin.read())
    isolation.die_with_parent()
    if spec["isolation"] == "user":
        isolation.enter_user_namespace()

    def beside():
        probe.watch(spec, events)

    return cell.keep(spec, events, body, beside if spec["probes"] else None)


def body(spec, events):
    """Becomes the server: a fresh interpreter, as a user would start it."""
    os.set_inheritable(events.socket.fileno(), True)
    os.execve(
        sys.executable,
        [sys.executable, "-I", os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.py"), "serve",
         str(events.socket.fileno()), json.dumps(spec)],
        dict(os.environ),
    )

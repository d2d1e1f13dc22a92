"""One cold boot from outside: a real server process in a cell, probed over HTTP, asked to stop, and told of."""

import json
import os
import sys
import tempfile

from . import cell, isolation, probe
from .events import Events


def main(arguments):
    events = Events(int(arguments[0]))
    spec = json.loads(sys.stdin.read())
    isolation.die_with_parent()
    if spec["isolation"] == "user":
        isolation.enter_user_namespace()

    def beside(answered):
        probe.watch(spec, events, answered)

    return cell.keep(spec, events, body, beside if spec["probes"] else None)


def body(spec, events):
    """Becomes the server: a fresh interpreter, as a user would start it."""
    os.set_inheritable(events.socket.fileno(), True)
    # never as an argument: everybody on the machine can read those, and settings hold secrets
    told = tempfile.TemporaryFile(dir=spec["scratch"])
    told.write(json.dumps(spec).encode())
    told.seek(0)
    os.set_inheritable(told.fileno(), True)
    here = os.path.dirname(os.path.abspath(__file__))
    os.execve(
        sys.executable,
        [
            sys.executable,
            "-I",
            os.path.join(here, "start.py"),
            "serve",
            str(events.socket.fileno()),
            str(told.fileno()),
        ],
        dict(os.environ),
    )

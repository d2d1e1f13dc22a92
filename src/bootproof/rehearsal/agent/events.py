"""The pipe of its own over which the agent tells what happens: one JSON object a line, never stdout."""

import json
import os
import socket
import threading

# held from before the project's code runs: what it patches is not ours
_write, _leave = os.write, os._exit


class Events:
    """Writes events to a socket. A reader that is gone ends the process: nobody is left to tell."""

    def __init__(self, fd):
        self.fd = fd
        self.socket = socket.socket(fileno=fd)
        self.renew()
        # a thread may hold the lock while the project forks: the child would wait for it for ever
        os.register_at_fork(after_in_child=self.renew)

    def renew(self):
        self.lock = threading.RLock()

    def send(self, event, **fields):
        fields["event"] = event
        # half a character that a project put into a text cannot be told: "?" stands for it
        text = json.dumps(fields, default=_told, ensure_ascii=False)
        data = text.encode("utf-8", "replace") + b"\n"
        with self.lock:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[_write(self.fd, rest) :]
            except OSError:
                _leave(70)

    def send_sockets(self, event, sockets, **fields):
        """Tells an event and hands open sockets along with it (SCM_RIGHTS)."""
        fields["event"] = event
        data = json.dumps(fields).encode("ascii") + b"\n"
        with self.lock:
            socket.send_fds(self.socket, [data], [each.fileno() for each in sockets])


def _told(value):
    return "(%s)" % type(value).__name__

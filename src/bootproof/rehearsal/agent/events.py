"""The pipe of its own over which the agent tells what happens: one JSON object a line, never stdout."""

import json
import os
import socket
import threading

_lock = threading.RLock()


class Events:
    """Writes events to a socket. A reader that is gone ends the process: nobody is left to tell."""

    def __init__(self, fd):
        self.socket = socket.socket(fileno=fd)
        self.owner = os.getpid()

    def send(self, event, **fields):
        fields["event"] = event
        data = json.dumps(fields, default=repr, ensure_ascii=True).encode("ascii") + b"\n"
        with _lock:
            try:
                self.socket.sendall(data)
            except OSError:
                os._exit(70)

    def send_sockets(self, event, sockets, **fields):
        """Tells an event and hands open sockets along with it (SCM_RIGHTS)."""
        fields["event"] = event
        data = json.dumps(fields).encode("ascii") + b"\n"
        with _lock:
            socket.send_fds(self.socket, [data], [each.fileno() for each in sockets])

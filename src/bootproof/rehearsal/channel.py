"""The parent's end of the agent's pipe: events, and the open sockets that some of them carry."""

import json
import select
import socket
import time
from collections.abc import Iterator
from typing import Any

Event = dict[str, Any]
LIMIT = 64 * 1024 * 1024  # bytes of events that one boot may send; a flood is a broken project, not a story


def read(connection: socket.socket, deadline: float) -> Iterator[Event]:
    """Events until the keeper's last word, `exit`, or until the other end closes.

    A last event `{"event": "deadline"}` where time (monotonic) runs out. Sockets handed along are under the event's
    key `sockets`. A line that is no event is told as `garbled`: the project's processes hold the pipe too.
    """
    buffer, total = b"", 0
    sockets: list[socket.socket] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([connection], [], [], left)[0]:
            yield {"event": "deadline"}
            return
        try:
            data, fds, _flags, _address = socket.recv_fds(connection, 1 << 18, 32)
        except ConnectionResetError:
            return
        sockets.extend(socket.socket(fileno=fd) for fd in fds)
        if not data:
            return
        total += len(data)
        if total > LIMIT:
            yield {"event": "deadline"}
            return
        buffer += data
        while b"\n" in buffer:
            line, _, buffer = buffer.partition(b"\n")
            event = _event(line)
            if event["event"] == "listening":
                event["sockets"], sockets = sockets, []
            yield event
            if event["event"] == "exit":
                return


def _event(line: bytes) -> Event:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else {"event": "garbled"}

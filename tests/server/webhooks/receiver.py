"""A real receiver of webhooks: keeps what came, and answers what it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came, as headers (in small letters) and body; `answers` are given one by one, the last for all that follow."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    slow: float = 0

    def wait(self, count: int, seconds: float = 30) -> list[tuple[dict[str, str], bytes]]:
        """What came, as soon as that many have."""
        for _ in range(int(seconds / 0.02)):
            if len(self.came) >= count:
                break
            threading.Event().wait(0.02)
        assert len(self.came) >= count, f"{len(self.came)} of {count} came"
        return self.came


@contextmanager
def receiving(*answers: int, slow: float = 0) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    found = Receiver(answers=list(answers) or [204], slow=slow)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            found.came.append(({key.lower(): value for key, value in self.headers.items()}, body))
            threading.Event().wait(found.slow)
            self.send_response(found.answers.pop(0) if len(found.answers) > 1 else found.answers[0])
            self.send_header("location", found.url + "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()

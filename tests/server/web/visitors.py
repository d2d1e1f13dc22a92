"""A visitor who fills in forms as a browser does: each with the token of the page that it stands on."""

import re
from html import unescape

import httpx2

from ..conftest import Running

BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_MAIN = re.compile(r"<main.*</main>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


class Visitor:
    """A browser profile. `at` is where it is, `text` what the page says there."""

    def __init__(self, running: Running) -> None:
        self.client = running.client(headers={"Accept": BROWSER, "User-Agent": "a browser"}, follow_redirects=True)
        self.status, self.at, self.html, self.text = 0, "", "", ""

    def go(self, path: str) -> "Visitor":
        """Opens a page."""
        return self._see(self.client.get(path))

    def send(self, path: str, **given: str) -> "Visitor":
        """Sends a form of the page that is open to that path; an empty path is the page's own."""
        token = _TOKEN.search(self.html)
        assert token is not None, f"{self.at} has no form"
        return self._see(self.client.post(path or self.at, data={"csrf_token": token[1], **given}))

    def _see(self, answer: httpx2.Response) -> "Visitor":
        main = _MAIN.search(answer.text)
        self.status, self.at, self.html = answer.status_code, answer.url.raw_path.decode(), answer.text
        self.text = " ".join(unescape(_TAG.sub(" ", main[0] if main else answer.text)).split())
        return self

"""A project that reports are pushed to, and the reports."""

import copy
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from bootproof.report.json import document

from ..conftest import Running
from ..people import TEAM, People

sys.path.insert(0, str(Path(__file__).parents[2] / "report"))
import sample_reports as samples

_SAMPLE = json.loads(json.dumps(document(samples.broken())))
_FINDING = next(each for each in _SAMPLE["findings"] if each["severity"] == "blocker")
_SEVERITIES = ("blocker", "failure", "advice")
START = datetime(2026, 1, 1, tzinfo=UTC)
_MOMENTS: Iterator[datetime] = (START + timedelta(minutes=number) for number in itertools.count())


def finding(name: str, severity: str = "blocker", **changed: Any) -> dict[str, Any]:
    """A finding with the fingerprint `BP201:NAME`."""
    given = {"fingerprint": f"BP201:{name}", "code": "BP201", "severity": severity, "file": f"{name}.py", "cause": f"cause of {name}"}
    return {**copy.deepcopy(_FINDING), **given, **changed}


def report(verdict: str = "fails", findings: Sequence[dict[str, Any]] = (), **changed: Any) -> dict[str, Any]:
    """A report that is valid; each was made a minute after the one before."""
    found = copy.deepcopy(_SAMPLE)
    found |= {"verdict": verdict, "findings": list(findings), "created": next(_MOMENTS).isoformat(), **changed}
    found["counts"] = {each: sum(1 for one in found["findings"] if one["severity"] == each) for each in _SEVERITIES}
    return found


@dataclass(frozen=True)
class Shop:
    """A project: `at` is its address, the clients are of its people and of its tokens."""

    running: Running
    folk: People
    name: str
    at: str
    uploader: httpx2.Client
    reader: httpx2.Client
    token: str
    token_id: str

    @property
    def slug(self) -> str:
        """The project's name in addresses."""
        return self.at.rpartition("/")[2]

    def push(self, sent: dict[str, Any], key: str = "", **about: str) -> httpx2.Response:
        """The answer to an upload of that report."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.uploader.post("/api/uploads", json=sent, headers=headers, params=about)

    def pushed(self, *arguments: Any, commit: str = "", branch: str = "", **changed: Any) -> int:
        """The number of a new audit, of the report that the arguments describe."""
        answer = self.push(report(*arguments, **changed), commit=commit, branch=branch)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def get(self, path: str, **asked: Any) -> Any:
        """What Bob, a member, reads there."""
        answer = self.folk.bob.get(self.at + path, params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, **asked: Any) -> list[int]:
        """The numbers of a page of the history."""
        return [each["id"] for each in self.get("/audits", **asked)["audits"]]

    def close(self) -> None:
        """Closes what the tokens came by."""
        self.uploader.close()
        self.reader.close()


def new_shop(running: Running, folk: People, name: str) -> Shop:
    """A new project of the team, with a token for each scope."""
    made = folk.bob.post(f"/api/teams/{TEAM}/projects", json={"name": name})
    assert made.status_code == 201, made.text
    at = f"/api/teams/{TEAM}/projects/{made.json()['slug']}"
    upload, read = (folk.bob.post(f"{at}/tokens", json={"name": each, "scopes": [each]}).json() for each in ("upload", "read"))
    clients = [running.client(headers={"Authorization": f"Bearer {each['text']}"}) for each in (upload, read)]
    return Shop(running, folk, name, at, clients[0], clients[1], upload["text"], upload["id"])

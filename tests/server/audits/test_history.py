"""A project's audits as pages, searched and filtered, as points, as an export."""

import json

import pytest

from .shops import START, Shop, finding, report


def test_pages_follow_one_another_also_while_audits_arrive(shop: Shop) -> None:
    made = [shop.pushed("starts") for _ in range(7)]
    first = shop.get("/audits", limit=3)
    assert [each["id"] for each in first["audits"]] == made[:-4:-1]
    shop.pushed("fails")  # newer than all: no page behind the first changes
    second = shop.get("/audits", limit=3, cursor=first["next"])
    third = shop.get("/audits", limit=3, cursor=second["next"])
    assert [each["id"] for page in (second, third) for each in page["audits"]] == made[3::-1]
    assert third["next"] == ""


def test_audits_of_one_moment_are_told_apart(shop: Shop) -> None:
    moment = START.isoformat()
    made = [shop.push(report("starts", created=moment, notes=[f"number {number}"])).json()["id"] for number in range(5)]
    found, cursor = [], ""
    for _ in range(3):
        page = shop.get("/audits", limit=2, cursor=cursor)
        found += [each["id"] for each in page["audits"]]
        cursor = page["next"]
    assert found == made[::-1] and cursor == ""


@pytest.mark.parametrize("cursor", ["x", "AAAA", "MjAyNi0wMS0wMQ", "MjAyNi0wMS0wMVQwMDowMDowMHwtMQ"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str, shop: Shop) -> None:
    assert shop.folk.bob.get(f"{shop.at}/audits", params={"cursor": cursor}).status_code == 400


def test_filters(shop: Shop) -> None:
    starts = shop.pushed("starts", commit="abcdef12", branch="main")
    driver = shop.pushed("fails", [finding("100%_done", cause="No driver for Postgres\nhere"), finding("x", code="BP103")], branch="main")
    cycle = shop.pushed("fails", [finding("orders", code="BP301", cause="a circular import")], branch="feature/x")
    told = [each["created_at"] for each in shop.get("/audits")["audits"]]
    for asked, wanted in (
        ({"verdict": "fails"}, [cycle, driver]),
        ({"verdict": "unproved"}, []),
        ({"branch": "main"}, [driver, starts]),
        ({"branch": "mai"}, []),
        ({"code": "BP301"}, [cycle]),
        ({"code": "BP103"}, [driver]),
        ({"code": "BP999"}, []),
        ({"text": "CIRCULAR"}, [cycle]),
        ({"text": "orders.py"}, [cycle]),
        ({"text": "postgres\nhere"}, [driver]),
        ({"text": "here\nx.py"}, []),
        ({"text": "heref"}, []),
        ({"text": "100%_"}, [driver]),
        ({"text": "%"}, [driver]),
        ({"text": "_"}, [driver]),
        ({"text": "100_"}, []),
        ({"text": "ABCD"}, [starts]),
        ({"text": "cdef"}, []),
        ({"since": told[1]}, [cycle, driver]),
        ({"until": told[1]}, [starts]),
        ({"since": told[1], "until": told[0], "verdict": "fails", "branch": "main", "code": "BP201"}, [driver]),
    ):
        assert shop.ids(**asked) == wanted, asked
    page = shop.get("/audits", verdict="fails", limit=1)
    assert shop.ids(verdict="fails", limit=1, cursor=page["next"]) == [driver]


def test_one_audit_is_its_line_its_findings_and_its_report(shop: Shop) -> None:
    sent = report("fails", [finding("late", "advice"), finding("first", line=2**40)], notes=["postgresql://u:hunter2hunter2@h/d"])
    number = shop.push(sent, commit="c" * 40, branch="main").json()["id"]
    found = shop.get(f"/audits/{number}")
    assert {name: found["audit"][name] for name in ("verdict", "commit", "branch", "blockers", "failures", "advice")} == {
        "verdict": "fails", "commit": "c" * 40, "branch": "main", "blockers": 1, "failures": 0, "advice": 1,
    }  # fmt: skip
    assert [(each["file"], each["severity"], each["line"]) for each in found["findings"]] == [
        ("first.py", "blocker", 2**40), ("late.py", "advice", finding("late")["line"]),
    ]  # fmt: skip
    assert found["report"] == sent | {"notes": ["postgresql://u:***@h/d"]}
    other = shop.folk.bob.get(f"{shop.at}/audits/{number + 10**6}")
    assert other.status_code == 404


def test_points_and_commits_that_contradict_themselves(shop: Shop) -> None:
    numbers = [shop.pushed(verdict, commit=commit) for verdict, commit in (("starts", "a1"), ("fails", "a1"), ("fails", "b2"), ("fails", ""))]
    shop.pushed("starts")  # without a commit nothing contradicts
    points = shop.get("/timeline", most=4)
    assert [each["id"] for each in points][:3] == numbers[1:] and [each["verdict"] for each in points] == ["fails"] * 3 + ["starts"]
    assert points[0]["stages"] and {"name", "status", "seconds"} <= points[0]["stages"][0].keys()
    assert [(each["commit"], each["verdicts"], each["audits"]) for each in shop.get("/flaky")] == [("a1", ["fails", "starts"], 2)]


def test_the_export_has_every_report_in_order(shop: Shop) -> None:
    later, earlier = report("starts"), report("fails", [finding("orders")])
    later["created"], earlier["created"] = earlier["created"], later["created"]
    numbers = [shop.push(each, commit=commit).json()["id"] for each, commit in ((later, "a1"), (earlier, "b2"))]
    answer = shop.folk.bob.get(f"{shop.at}/export.jsonl")
    assert answer.headers["content-disposition"].endswith('.jsonl"')
    lines = [json.loads(each) for each in answer.text.splitlines()]
    assert [(each["id"], each["commit"]) for each in lines] == [(numbers[1], "b2"), (numbers[0], "a1")]
    assert [each["report"] for each in lines] == [earlier, later]

"""What is new, gone and still there between two audits, as data and as Markdown; the badge."""

from .shops import Shop, finding, new_shop


def test_findings_are_told_apart_by_fingerprint_not_by_line(shop: Shop) -> None:
    older = shop.pushed("fails", [finding("moved", line=3), finding("gone"), finding("note", "advice")])
    newer = shop.pushed("fails", [finding("note", "failure"), finding("new"), finding("moved", line=90)])
    found = shop.get(f"/audits/{newer}/changes")
    assert {name: [(each["file"], each["severity"], each["line"]) for each in found[name]] for name in found} == {
        "new": [("new.py", "blocker", finding("new")["line"])],
        "gone": [("gone.py", "blocker", finding("gone")["line"])],
        "still": [("moved.py", "blocker", 90), ("note.py", "failure", finding("note")["line"])],
    }
    back = shop.get(f"/audits/{older}/changes", since=newer)
    assert ([each["file"] for each in back["new"]], [each["file"] for each in back["gone"]]) == (["gone.py"], ["new.py"])


def test_of_the_first_audit_all_is_new(shop: Shop) -> None:
    number = shop.pushed("fails", [finding("orders")])
    found = shop.get(f"/audits/{number}/changes")
    assert ([each["file"] for each in found["new"]], found["gone"], found["still"]) == (["orders.py"], [], [])


def test_another_projects_audit_is_none_of_these(shop: Shop) -> None:
    other = new_shop(shop.running, shop.folk, f"{shop.name} beside")
    theirs, ours = other.pushed("fails", [finding("secret")]), shop.pushed("starts")
    assert shop.folk.bob.get(f"{shop.at}/audits/{ours}/changes", params={"since": theirs}).status_code == 404
    assert shop.folk.bob.get(f"{shop.at}/audits/{theirs}").status_code == 404
    assert shop.folk.alice.delete(f"{shop.at}/audits/{theirs}").status_code == 404
    assert other.ids() == [theirs]
    other.close()


def test_the_summary_is_markdown_that_a_report_cannot_break_out_of(shop: Shop) -> None:
    shop.pushed("starts", commit="a" * 40)
    hostile = finding("orders", cause="a | b <img src=x> [link](http://x) `code`\n# heading")
    number = shop.pushed("fails", [hostile, finding("users")], commit="b" * 40, branch="main")
    answer = shop.reader.get(f"{shop.at}/audits/{number}/summary.md")
    assert answer.headers["content-type"].startswith("text/markdown")
    text = answer.text
    assert text.startswith("### ") and "❌ fails" in text and f"/audits/{number})" in text and "`bbbbbbbbbbbb`" in text
    assert "The audit before of `aaaaaaaaaaaa`: ✅ starts." in text and "**New: 2**" in text and "Gone" not in text
    assert "<img" not in text and "\n# heading" not in text and "[link](" not in text


def test_the_badge_says_the_newest_verdict_and_no_more_than_grey_to_who_has_no_key(shop: Shop) -> None:
    badge = shop.get("")["badge"]
    seen = []
    with shop.running.client() as anybody:
        for verdict in ("", "starts", "fails", "unproved"):
            if verdict:
                shop.pushed(verdict)
            answer = anybody.get(badge)
            assert answer.headers["content-type"] == "image/svg+xml" and anybody.get(badge, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
            seen.append(answer.text)
        words = ["unknown", "starts", "fails", "cannot tell"]
        assert [[word for word in words if f"bootproof: {word}" in text] for text in seen] == [[word] for word in words]
        assert anybody.get("/badge/nobodys-key.svg").text == seen[0]
        shop.folk.alice.post(f"{shop.at}/badge")
        assert anybody.get(badge).text == seen[0]

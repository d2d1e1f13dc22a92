"""Teams and their members: Alice owns `acme`, Bob is a member, Charlie a stranger."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from bootproof.server.organisations.models import Role

from ..conftest import Running, serving
from ..people import people, set_role


def number(client: httpx2.Client, email: str, team: str = "acme") -> int:
    lines = client.get(f"/api/teams/{team}/members").json()
    return next(int(each["user_id"]) for each in lines if each["email"] == email)


def test_who_makes_a_team_owns_it_and_others_do_not_see_it(server: Running) -> None:
    who = people(server)
    made = who.bob.post("/api/teams", json={"name": "Böse Würfel "})
    assert (made.status_code, made.json()["slug"], made.json()["role"]) == (201, "bose-wurfel", "owner")
    assert [each["slug"] for each in who.bob.get("/api/teams").json()] == ["acme", "bose-wurfel"]
    assert who.alice.get("/api/teams/bose-wurfel").status_code == 404
    assert who.charlie.post("/api/teams", json={"name": "ACME"}).status_code == 409


def test_reserved_and_empty_names_are_refused(server: Running) -> None:
    alice = people(server).alice
    assert alice.post("/api/teams", json={"name": "Invitations"}).status_code == 409
    assert alice.post("/api/teams", json={"name": "???"}).status_code == 409
    assert alice.post("/api/teams", json={"name": "a\0b"}).status_code == 422


def test_a_stranger_finds_nothing_and_a_visitor_must_sign_in(server: Running) -> None:
    who = people(server)
    bob = number(who.alice, "bob@example.com")
    routes: list[tuple[str, str, object]] = [
        ("GET", "", None), ("PATCH", "", {"name": "Mine"}), ("DELETE", "", None), ("GET", "/members", None),
        ("PATCH", f"/members/{bob}", {"role": "viewer"}), ("DELETE", f"/members/{bob}", None), ("GET", "/acts", None),
        ("GET", "/invitations", None), ("POST", "/invitations", {"email": "x@example.com"}),
        ("POST", "/invitations/1/resend", None), ("DELETE", "/invitations/1", None),
    ]  # fmt: skip
    with server.client() as visitor:
        for method, path, body in routes:
            assert who.charlie.request(method, "/api/teams/acme" + path, json=body).status_code == 404, (method, path)
            assert visitor.request(method, "/api/teams/acme" + path, json=body).status_code == 401, (method, path)
    assert {each["role"] for each in who.alice.get("/api/teams/acme/members").json()} == {"owner", "member"}


def test_a_member_without_the_role_is_told(server: Running) -> None:
    who = people(server)
    alice = number(who.bob, "alice@example.com")
    assert who.bob.patch("/api/teams/acme", json={"name": "Mine"}).status_code == 403
    assert who.bob.delete("/api/teams/acme").status_code == 403
    assert who.bob.get("/api/teams/acme/acts").status_code == 403
    assert who.bob.delete(f"/api/teams/acme/members/{alice}").status_code == 403
    assert who.bob.post("/api/teams/acme/invitations", json={"email": "x@example.com"}).status_code == 403


def test_an_admin_neither_makes_nor_unmakes_owners(server: Running) -> None:
    who = people(server, bob=Role.ADMIN)
    alice, bob = number(who.bob, "alice@example.com"), number(who.bob, "bob@example.com")
    assert who.bob.patch(f"/api/teams/acme/members/{bob}", json={"role": "owner"}).status_code == 403
    assert who.bob.patch(f"/api/teams/acme/members/{alice}", json={"role": "viewer"}).status_code == 403
    assert who.bob.delete(f"/api/teams/acme/members/{alice}").status_code == 403
    assert who.bob.post("/api/teams/acme/invitations", json={"email": "x@example.com", "role": "owner"}).status_code == 403
    assert who.bob.delete("/api/teams/acme").status_code == 403


def test_the_last_owner_stays_until_there_is_another(server: Running) -> None:
    who = people(server)
    alice, bob = number(who.alice, "alice@example.com"), number(who.alice, "bob@example.com")
    assert who.alice.delete(f"/api/teams/acme/members/{alice}").status_code == 409
    assert who.alice.patch(f"/api/teams/acme/members/{alice}", json={"role": "admin"}).status_code == 409
    assert who.alice.patch(f"/api/teams/acme/members/{bob}", json={"role": "owner"}).status_code == 204
    assert who.alice.delete(f"/api/teams/acme/members/{alice}").status_code == 204
    assert who.alice.get("/api/teams/acme").status_code == 404
    said = [(each["what"], each["who"]) for each in who.bob.get("/api/teams/acme/acts").json()]
    assert said == [("left", "alice@example.com"), ("role-changed", "alice@example.com")]


def test_of_two_owners_who_go_at_once_one_stays(server: Running) -> None:
    who = people(server, bob=Role.OWNER)
    numbers = {each: number(who.alice, f"{each}@example.com") for each in ("alice", "bob")}
    clients = {"alice": who.alice, "bob": who.bob}

    def step_down(each: str) -> tuple[str, int]:
        path = f"/api/teams/acme/members/{numbers[each]}"
        return each, clients[each].patch(path, json={"role": "admin"}).status_code

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            said = dict(pool.map(step_down, clients))
            assert sorted(said.values()) == [204, 409]
            went, stayed = sorted(said, key=lambda each: said[each])
            back = clients[stayed].patch(f"/api/teams/acme/members/{numbers[went]}", json={"role": "owner"})
            assert back.status_code == 204


def test_a_member_may_leave_and_a_team_be_renamed_and_deleted(server: Running) -> None:
    who = people(server)
    bob = number(who.bob, "bob@example.com")
    set_role(server, "bob@example.com", Role.VIEWER)
    assert who.bob.delete(f"/api/teams/acme/members/{bob}").status_code == 204
    assert who.alice.delete(f"/api/teams/acme/members/{bob}").status_code == 404
    assert who.alice.patch("/api/teams/acme", json={"name": "Acme & Sons"}).json()["slug"] == "acme"
    assert who.alice.delete("/api/teams/acme").status_code == 204
    assert who.alice.get("/api/teams").json() == []


def test_the_log_tells_who_deleted_a_team(database: str, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(database_url=database) as running:
        alice = people(running).alice
        name = number(alice, "alice@example.com")
        assert alice.delete("/api/teams/acme").status_code == 204
    deleted = next(line for line in capfd.readouterr().err.splitlines() if "team deleted" in line)
    assert all(each in deleted for each in ("team=acme", f"user={name}", "address=127.0.0.1"))

"""The user's tree: all or nothing, undone byte for byte, whatever interrupts."""

import contextlib
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bootproof.edits import journal
from bootproof.edits.errors import Busy, CommitFailed, CommitRefused, RecoveryNeeded, UndoRefused
from bootproof.edits.journal import commit, history, recover, undo
from bootproof.edits.store import entry_folder, locked

from .trees import contents, snapshot

CHANGES: dict[str, bytes | None] = {
    "requirements.txt": b"fastapi\r\nasyncpg>=0.29\r\n",
    "src/core/database.py": b"import new\n" * 500,
    ".env": b"A=2\n",
    "src/added/deep/new.py": b"x = 1\n",
    "src/logging.py": None,  # renamed: it goes
}


def plant(root: Path) -> None:
    files = {
        "requirements.txt": (b"fastapi\r\npsycopg2\r\n", 0o644),
        "src/core/database.py": (b"import old\n" * 400, 0o755),
        ".env": (b"A=1", 0o600),
        "src/logging.py": (b"LEVEL = 1\n", 0o640),
        "src/other.bin": (bytes(range(256)), 0o444),
    }
    for index, (path, (data, mode)) in enumerate(files.items()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        (root / path).chmod(mode)
        os.utime(root / path, ns=(10**18 + index, 10**18 + index * 7919))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    plant(project)
    return project


def commit_all(root: Path, changes: dict[str, bytes | None] | None = None) -> journal.Entry:
    changes = CHANGES if changes is None else changes
    return commit(root, changes, before=contents(root, list(changes)))


def test_commit_writes_everything_keeps_modes_and_backs_every_file_up(root: Path) -> None:
    before = contents(root, list(CHANGES))
    entry = commit_all(root)
    assert contents(root, list(CHANGES)) == CHANGES
    assert stat.S_IMODE((root / "src/core/database.py").stat().st_mode) == 0o755
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600
    for record in entry.records:
        if before[record.path] is not None:
            assert (root / entry.backup(record)).read_bytes() == before[record.path]
    assert {record.path for record in entry.records} == set(CHANGES)
    assert (root / ".bootproof/.gitignore").read_text() == "*\n"
    assert not list(root.rglob(".bootproof-*"))
    assert stat.S_IMODE((root / ".bootproof/backups" / entry.id).stat().st_mode) == 0o700


def test_undo_is_the_inverse_and_leaves_nothing_behind(root: Path) -> None:
    before = snapshot(root)
    commit_all(root)
    assert sorted(undo(root)) == sorted(CHANGES)
    assert snapshot(root) == before
    assert undo(root) == []
    assert snapshot(root) == before


names = st.sampled_from(["a", "b.py", "é.txt", "d/a", "d/e/f.toml", "d/ü/x", "sp ace/y"])


@settings(max_examples=40, deadline=None)
@given(
    files=st.dictionaries(
        names, st.tuples(st.binary(max_size=50), st.sampled_from([0o644, 0o600, 0o755, 0o664]))
    ),
    steps=st.lists(st.dictionaries(names, st.none() | st.binary(max_size=50)), min_size=1, max_size=3),
)
def test_any_commits_undone_give_the_same_tree(
    files: dict[str, tuple[bytes, int]], steps: list[dict[str, bytes | None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for index, (path, (data, mode)) in enumerate(files.items()):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            (root / path).chmod(mode)
            os.utime(root / path, ns=(index, 10**18 + index))
        states = [snapshot(root)]
        for step in steps:
            if commit_all(root, step).records:
                states.append(snapshot(root))
            assert contents(root, list(step)) == step
        for state in reversed(states[:-1]):
            undo(root)
            found = snapshot(root)
            if state == states[0]:
                assert found == state
            else:
                assert {k: v for k, v in found.items() if not k.startswith(".bootproof")} == {
                    k: v for k, v in state.items() if not k.startswith(".bootproof")
                }
        assert snapshot(root) == states[0]


def test_everything_is_undone_newest_first(root: Path) -> None:
    before = snapshot(root)
    commit_all(root)
    commit_all(root, {".env": b"A=3\n"})
    assert [len(entry.records) for entry in history(root)] == [1, len(CHANGES)]
    assert undo(root, everything=True)[0] == ".env"
    assert snapshot(root) == before


def test_file_changed_since_the_audit_is_refused_and_named(root: Path) -> None:
    before = contents(root, list(CHANGES))
    (root / ".env").write_bytes(b"A=9")
    untouched = snapshot(root)
    with pytest.raises(CommitRefused, match=r"`\.env` has changed since the audit"):
        commit(root, CHANGES, before=before)
    assert snapshot(root) == untouched
    with pytest.raises(CommitRefused, match="is there now"):
        commit(root, {".env": b""}, before={".env": None})
    with pytest.raises(CommitRefused, match="not there any more"):
        commit(root, {"gone": b""}, before={"gone": b"x"})
    with pytest.raises(CommitRefused, match="nobody looked"):
        commit(root, {".env": b""}, before={})
    with pytest.raises(CommitRefused, match="has changed"):  # a file that was read counts, changed or not
        commit(root, {}, before={".env": b"other"})
    assert snapshot(root) == untouched


def test_undo_refuses_to_lose_later_work(root: Path) -> None:
    commit_all(root)
    (root / "src/core/database.py").write_bytes(b"mine\n")
    state = snapshot(root)
    with pytest.raises(UndoRefused, match=r"`src/core/database\.py` was changed"):
        undo(root)
    assert snapshot(root) == state
    (root / "src/core/database.py").unlink()
    with pytest.raises(UndoRefused, match="was removed"):
        undo(root)


def test_damaged_backup_is_refused(root: Path) -> None:
    entry = commit_all(root)
    (root / entry.backup(entry.records[0])).write_bytes(b"damaged")
    state = snapshot(root)
    with pytest.raises(UndoRefused, match="damaged"):
        undo(root)
    assert snapshot(root) == state


def test_folder_that_somebody_uses_stays_after_undo(root: Path) -> None:
    commit_all(root)
    (root / "src/added/mine.txt").write_text("mine")
    undo(root)
    assert (root / "src/added/mine.txt").read_text() == "mine"
    assert not (root / "src/added/deep").exists()
    assert not (root / ".bootproof").exists()


def refused(root: Path, path: str, data: bytes, match: str) -> None:
    state = snapshot(root)
    changes = {"requirements.txt": b"new\n", path: data}
    before = {each: (root / each).read_bytes() if (root / each).is_file() else None for each in changes}
    with pytest.raises(CommitRefused, match=match):
        commit(root, changes, before=before)
    assert snapshot(root) == state


def test_read_only_files_and_folders_are_refused(root: Path) -> None:
    refused(root, "src/other.bin", b"x", "read-only")
    (root / "src/core").chmod(0o555)
    try:
        refused(root, "src/core/database.py", b"x", "folder `src/core` is read-only")
        refused(root, "src/core/new.py", b"x", "folder `src/core` is read-only")
    finally:
        (root / "src/core").chmod(0o755)


def test_links_are_followed_inside_the_root_only(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"o")
    (root / "link.py").symlink_to(outside)
    refused(root, "link.py", b"x", "out of the project")
    (root / "nowhere").symlink_to("missing")
    refused(root, "nowhere", b"x", "to nothing")
    (root / "folder").symlink_to(tmp_path)
    refused(root, "folder/outside.py", b"x", "out of the project")
    refused(root, "../outside.py", b"x", "not a path inside")
    refused(root, "/etc/hostname", b"x", "not a path inside")
    refused(root, ".bootproof/x", b"x", "folder of the backups")
    refused(root, "requirements.txt/x", b"x", "no folder")
    (root / "same").symlink_to("requirements.txt")
    refused(root, "same", b"y", "same file")
    assert outside.read_bytes() == b"o"

    (root / "prod.env").symlink_to(".env")
    before = snapshot(root)
    commit(root, {"prod.env": b"A=5"}, before={"prod.env": b"A=1"})
    assert (root / "prod.env").is_symlink()
    assert (root / ".env").read_bytes() == b"A=5"
    undo(root)
    assert snapshot(root) == before


def test_backup_folder_that_is_a_link_is_refused(root: Path, tmp_path: Path) -> None:
    (root / ".bootproof").symlink_to(tmp_path)
    with pytest.raises(CommitRefused, match="symbolic link"):
        commit_all(root)


def test_second_run_at_the_same_time_is_refused(root: Path) -> None:
    with locked(root), pytest.raises(Busy):
        commit_all(root)
    assert not (root / ".bootproof").exists()
    commit_all(root)


def test_nothing_to_change_leaves_no_trace(root: Path) -> None:
    state = snapshot(root)
    assert commit(root, {".env": b"A=1"}, before={".env": b"A=1"}).records == ()
    assert snapshot(root) == state


CALLS = ["replace", "fsync", "open", "mkdir", "utime", "unlink", "chmod"]


def failing(
    monkeypatch: pytest.MonkeyPatch, name: str, number: int, error: BaseException, *, for_good: bool
) -> list[int]:
    """Makes the call of that number raise; `for_good`: every later one too. Gives the count of calls."""
    real, count = getattr(os, name), [0]

    def call(*args: object, **kwargs: object) -> object:
        count[0] += 1
        if count[0] == number or (for_good and count[0] > number):
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, call)
    return count


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_at_any_call_puts_all_back(root: Path, name: str, error: BaseException) -> None:
    before = snapshot(root)
    for number in range(1, 200):
        with pytest.MonkeyPatch.context() as patch:
            count = failing(patch, name, number, error, for_good=False)
            with contextlib.suppress(CommitFailed, CommitRefused, KeyboardInterrupt, RecoveryNeeded):
                commit_all(root)
        reached = count[0] >= number
        if not reached:
            break
        if contents(root, list(CHANGES)) == CHANGES and history(root):
            undo(root)  # what failed was tidying up after the commit
        else:
            recover(root)
        found = {path: each for path, each in snapshot(root).items() if path not in LEFT}
        assert found == before, f"{name} call {number}"
    assert number > 1 or name in {"open", "mkdir", "chmod", "utime", "unlink"}


LEFT = {".bootproof", ".bootproof/.gitignore", ".bootproof/lock"}


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_failure_for_good_is_recovered_by_the_next_run(root: Path, name: str) -> None:
    before = snapshot(root)
    for number in range(1, 100):
        with pytest.MonkeyPatch.context() as patch:
            count = failing(patch, name, number, OSError(5, "Input/output error"), for_good=True)
            with contextlib.suppress(CommitFailed, RecoveryNeeded):
                commit_all(root)
        if count[0] < number:
            break
        recover(root)
        assert snapshot(root) == before, f"{name} call {number}"
    assert number > 5


@pytest.mark.parametrize("name", ["replace", "fsync", "unlink"])
def test_undo_that_fails_midway_is_finished_by_the_next_run(root: Path, name: str) -> None:
    before = snapshot(root)
    for number in range(1, 100):
        commit_all(root)
        with pytest.MonkeyPatch.context() as patch:
            count = failing(patch, name, number, OSError(5, "Input/output error"), for_good=False)
            with contextlib.suppress(OSError):
                undo(root)
        recover(root)
        if (root / ".bootproof/backups").exists():
            undo(root)
        found = {path: each for path, each in snapshot(root).items() if path not in LEFT}
        assert found == before, f"{name} call {number}"
        if count[0] < number:
            break
    assert number > 2


CHILD = """
import sys
from pathlib import Path
from bootproof.edits.journal import commit, undo
root, changes = Path(sys.argv[1]), eval(sys.stdin.read())
before = {p: (root / p).read_bytes() if (root / p).exists() else None for p in changes}
print("ready", flush=True)
while True:
    commit(root, changes, before=before)
    undo(root)
"""


def test_sigkill_at_random_points_is_recovered(root: Path) -> None:
    before = snapshot(root)
    chance = random.Random(20)
    interrupted = 0
    for _ in range(25):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CHILD), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(repr(CHANGES).encode())
        child.stdin.close()
        assert child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.03))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        interrupted += (root / ".bootproof").exists()
        recover(root)
        undo(root)
        found = {path: each for path, each in snapshot(root).items() if path not in LEFT}
        assert found == before
    assert interrupted > 3


def test_full_disk_midway_puts_all_back(root: Path) -> None:
    before = snapshot(root)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    changes = {**CHANGES, "src/zz.py": b"x" * 100_000}
    seen = contents(root, list(changes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
    try:
        with pytest.raises(CommitFailed, match="all is as before"):
            commit(root, changes, before=seen)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert snapshot(root) == before


def test_file_that_changes_while_it_is_written_is_not_overwritten(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(root, list(CHANGES))
    real = journal._back_up

    def back_up(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        (root / "src/core/database.py").write_bytes(b"mine\n")

    monkeypatch.setattr(journal, "_back_up", back_up)
    with pytest.raises((CommitRefused, RecoveryNeeded), match=r"src/core/database\.py"):
        commit(root, CHANGES, before=before)
    assert (root / "src/core/database.py").read_bytes() == b"mine\n"
    assert (root / ".env").read_bytes() == b"A=1"
    assert not (root / "src/added").exists()


def test_file_edited_while_a_run_was_interrupted_is_left_and_named(root: Path) -> None:
    entry = commit_all(root)
    folder = entry_folder(root, entry.id)
    (folder / "committed.json").rename(folder / "prepared.json")
    (root / ".env").write_bytes(b"mine")
    with pytest.raises(RecoveryNeeded, match=r"`\.env`"):
        recover(root)
    assert (root / ".env").read_bytes() == b"mine"
    assert (root / "requirements.txt").read_bytes() == b"fastapi\r\npsycopg2\r\n"


def test_new_time_differs_by_a_second_where_the_size_does_not(root: Path) -> None:
    os.utime(root / ".env")
    old = (root / ".env").stat().st_mtime_ns
    commit_all(root, {".env": b"A=7"})
    assert (root / ".env").stat().st_mtime_ns // 10**9 != old // 10**9

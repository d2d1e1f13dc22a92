"""Runs a program of a service and ends it when the one who asked for it is gone, even by SIGKILL.

A program of its own (`python -I -S supervisor.py`), because only a process with a single thread may enter a
user namespace, and because somebody must outlive us to clean up. Standard library only, and little of it.

It reads its orders, one line of JSON, and then waits on the same pipe: its end is the order to stop.
PostgreSQL refuses to run as root; `way` says how root is given up:
    direct     it is not root anyway
    namespace  a user namespace in which root bears another number: it keeps access to root's own files
    setuid     become that user
Exit status REFUSED: this way is not open here (the reason is on stderr); otherwise the program's own.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time

REFUSED = 97
GRACE = 3.0  # seconds from the order to stop until SIGKILL
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWIPC = 0x08000000
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_IPC_RMID = 0


def free_shared_memory(data: str) -> None:
    """Remove the System V segment of a server that was killed before it could; a living one keeps its own.

    The key and the number stand in line 7 of postmaster.pid. Linux only; elsewhere the next server does it.
    """
    try:
        with open(os.path.join(data, "postmaster.pid")) as stream:  # noqa: PTH118, PTH123
            key, number = (int(word) for word in stream.read().split("\n")[6].split())
        with open("/proc/sysvipc/shm") as stream:  # noqa: PTH123
            table = [line.split() for line in stream.readlines()[1:]]
    except (OSError, IndexError, ValueError):
        return  # it ended cleanly, or never came so far
    for row in table:
        # key, shmid, perms, size, cpid, lpid, nattch, …
        if int(row[0]) == key and int(row[1]) == number and int(row[6]) == 0:
            ctypes.CDLL(None, use_errno=True).shmctl(number, _IPC_RMID, None)


def _give_up_root(way: str, uid: int, gid: int) -> None:
    if way == "setuid":
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    elif way == "namespace":
        outer_uid, outer_gid = os.geteuid(), os.getegid()
        libc = ctypes.CDLL(None, use_errno=True)
        # An IPC namespace of its own takes the shared memory with it, however the server ends.
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWIPC):
            number = ctypes.get_errno()
            raise PermissionError(number, f"unshare: {os.strerror(number)}")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {outer_uid} 1"),
            ("gid_map", f"{gid} {outer_gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as stream:  # noqa: PTH123
                stream.write(text)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _spawn(orders: dict) -> int:  # type: ignore[type-arg]  # plain JSON
    """Fork the program; exec errors are told as REFUSED."""
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        if orders["way"] == "setuid":
            _give_up_root("setuid", orders["uid"], orders["gid"])
        _prctl(
            _PR_SET_PDEATHSIG, signal.Signals[orders["signal"]]
        )  # after setuid, which clears it; SIGQUIT is PostgreSQL's immediate shutdown
        if os.getppid() != parent:
            os._exit(1)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.umask(0o077)
        os.chdir(orders["directory"])
        os.execve(orders["argv"][0], orders["argv"], orders["environment"])
    except OSError as problem:
        os.write(2, f"{orders['argv'][0]}: {problem.strerror}\n".encode())
    os._exit(REFUSED)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None  # not Linux, or older than 5.3: then we look five times a second


def _wait(child: int, parent: int) -> int | None:
    """The program's wait status, or None when it is to be stopped."""
    ends = {0: "order", **{fd: "end" for fd in (_pidfd(child), _pidfd(parent)) if fd is not None}}
    pause = None if len(ends) == 3 else 0.2
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if os.getppid() != parent:
            return None
        ready, _, _ = select.select(list(ends), [], [], pause)
        if 0 in ready and not os.read(0, 4096):
            return None


def _end(programs: list[int], number: int) -> None:
    """Stop these children and all that is left of theirs, within GRACE seconds and a moment."""
    for pid in programs:
        os.kill(pid, number)
    deadline = time.monotonic() + GRACE
    killed = False
    while True:
        try:
            done, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if done:
            continue
        if time.monotonic() > deadline and not killed:
            killed = True
            for pid in _children() or programs:
                os.kill(pid, signal.SIGKILL)
        elif time.monotonic() > deadline + 1.0:
            return
        time.sleep(0.001)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as stream:  # noqa: PTH123
            return [int(word) for word in stream.read().split()]
    except OSError:
        return []


def main() -> int:
    """Do as ordered; the exit status."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece:
            return 1
        line += piece
    orders = json.loads(line)
    try:
        if orders["way"] == "namespace":
            _give_up_root("namespace", orders["uid"], orders["gid"])
    except OSError as problem:
        sys.stderr.write(f"namespace: {problem}\n")
        return REFUSED
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    child = _spawn(orders)
    status = _wait(child, orders["parent"])
    number = signal.Signals[orders["signal"]]
    if status is None:
        _end([child], number)
    else:
        _end(_children(), number)  # what it left behind, if it was killed
    if orders["remove"]:
        import shutil

        free_shared_memory(os.path.join(orders["remove"], "data"))  # noqa: PTH118
        if status is None:
            shutil.rmtree(orders["remove"], ignore_errors=True)
    return 0 if status is None else os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main())

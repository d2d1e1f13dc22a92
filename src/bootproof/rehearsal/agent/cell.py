"""One isolated boot: the cell's keeper makes namespaces, mounts and listening sockets, forks the boot and watches it.

The keeper stays outside the process namespace of what it watches: whatever the boot kills, forks or fills, the
keeper ends the whole of it and tells why.
"""

import os
import select
import signal
import socket
import sys
import time
import traceback

from . import isolation

TICK = 0.05  # seconds between looks at memory, output and processes


def keep(spec, events, body, beside=None):
    """Runs `body(spec, events)` in a process of its own, in isolation, and gives back its exit code.

    `beside()` runs in another process meanwhile (the probes of a cold boot); when it is done, the boot is asked
    to end.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    isolation.die_with_parent()
    try:
        confine(spec, events)
    except OSError as problem:
        events.send("broken", note="the sandbox could not be made: %s" % problem)
        return 70
    pid = os.fork()
    if pid == 0:
        inside(spec, events, body)
    return watch(pid, spec, events, beside)


def confine(spec, events):
    way = spec["isolation"]
    if not way:
        return
    flags = isolation.CLONE_NEWNS | isolation.CLONE_NEWPID
    if not spec["allowed"]:
        flags |= isolation.CLONE_NEWNET
    isolation.unshare(flags)
    isolation.private_mounts()
    writable = [spec["scratch"]]
    isolation.mount(spec["scratch"], spec["scratch"], None, isolation.MS_BIND)
    for number, folder in enumerate(spec["open"]):
        shade = os.path.join(spec["shade"], str(number))
        try:
            isolation.overlay(folder, folder, shade + ".upper", shade + ".work")
        except OSError:
            continue  # it stays readable, and becomes read-only below
        writable.append(folder)
    if not spec["root"].startswith(spec["scratch"] + os.sep):
        isolation.overlay(spec["root"], spec["base"], spec["upper"], spec["work"])
        writable.append(spec["root"])
    if spec.get("hosts_file"):
        isolation.mount(spec["hosts_file"], "/etc/hosts", None, isolation.MS_BIND)
    isolation.read_only("/")
    for folder in writable + spec["writable"]:
        isolation.writable(folder)
    if not spec["allowed"]:
        isolation.loopback_up()
        listeners = []
        for port in spec["ports"]:
            listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("0.0.0.0", port))
            listener.listen(128)
            listeners.append(listener)
        if listeners:
            events.send_sockets("listening", listeners, ports=list(spec["ports"]))
        for listener in listeners:
            listener.close()


def inside(spec, events, body):
    """The boot's own process. Never returns."""
    code = 70
    try:
        isolation.die_with_parent()
        os.setsid()
        if spec["isolation"]:
            try:
                isolation.mount("proc", "/proc", "proc")
            except OSError:
                pass  # masked in a container: the outer /proc stays, which is only less tidy
        output = os.open(spec["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdin = open(0, closefd=False)
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
        isolation.limit(spec["memory"], 1 << 30, 0)
        code = body(spec, events)
    except BaseException as problem:
        events.send("broken", note="".join(traceback.format_exception_only(type(problem), problem)).strip(),
                    trace=traceback.format_exc()[-4000:])
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                continue
        os._exit(code)


def watch(pid, spec, events, beside):
    """Waits for the boot and ends it where a limit is passed. Gives back the exit code of a keeper that did its work.

    A thread cannot be started once a process namespace is set up for children (clone(2)), so `beside` runs in a
    process; when it is done, the boot is asked to stop and gets its grace.
    """
    deadline = time.monotonic() + spec["timeout"]
    handles = {os.pidfd_open(pid): "boot"}
    companion = None
    if beside is not None:
        companion = os.fork()
        if companion == 0:
            code = 70
            try:
                isolation.die_with_parent()
                beside()
                code = 0
            finally:
                os._exit(code)
        handles[os.pidfd_open(companion)] = "beside"
    why, stopping = "", False
    while True:
        ready, _, _ = select.select(list(handles), [], [], TICK)
        which = {handles[handle] for handle in ready}
        if "boot" in which:
            break
        if "beside" in which:
            handles = {handle: each for handle, each in handles.items() if each == "boot"}
            stopping, deadline = True, time.monotonic() + spec["grace"]
            os.waitpid(companion, 0)  # the first process of a namespace cannot end before all others are reaped
            companion = None
            os.kill(pid, signal.SIGTERM)
        why = over(pid, spec)
        if not why and time.monotonic() > deadline:
            if stopping:
                events.send("unstopped", seconds=spec["grace"])
            else:
                why = "time"
            end(pid)
            break
        if why:
            end(pid)
            break
    end(pid)
    if companion is not None:
        end(companion)
        os.waitpid(companion, 0)
    _pid, status = os.waitpid(pid, 0)
    events.send("exit", code=os.waitstatus_to_exitcode(status), limit=why, stopped=stopping)
    return 0


def over(pid, spec):
    """Which limit the boot has passed, "" for none."""
    try:
        if os.stat(spec["output"]).st_size > spec["output_limit"]:
            return "output"
    except OSError:
        return ""
    pids, pages = [pid], 0
    for each in pids:
        try:
            with open("/proc/%d/statm" % each) as file:
                pages += int(file.read().split()[1])
            with open("/proc/%d/task/%d/children" % (each, each)) as file:
                pids.extend(int(child) for child in file.read().split())
        except (OSError, ValueError, IndexError):
            continue  # it has just ended, or this kernel does not list children
    if len(pids) > spec["processes"]:
        return "processes"
    if spec["memory"] and pages * os.sysconf("SC_PAGE_SIZE") > spec["memory"]:
        return "memory"
    return ""


def end(pid):
    """Ends the boot and everything that it started: its group, and with its namespace all the rest."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue

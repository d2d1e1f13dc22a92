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
WHERE = signal.SIGRTMIN + 7  # asks a boot where it stands; a number that nobody else uses
DOOMED = "doomed"  # a file in the scratch of a boot by which it says that it need not go on
DISK = 2 << 30  # bytes by which a boot may lessen the room that is left where it writes
_leave = os._exit


def keep(spec, events, body, beside=None):
    """Runs `body(spec, events)` in a process of its own, in isolation, and gives back its exit code.

    `beside(answered)` runs in another process meanwhile (the probes of a cold boot) and calls `answered()` once the
    boot is up; when it is done, the boot is asked to end.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    isolation.die_with_parent()
    if not spec["isolation"]:
        isolation.adopt_orphans()
    try:
        confine(spec, events)
    except OSError as problem:
        events.send("broken", note="the sandbox could not be made: %s" % problem)
        return 70
    # the boot covers /proc by that of its own namespace, which shows other numbers
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    waiting, go = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(waiting, 1)
        for each in (processes, waiting, go):
            os.close(each)
        inside(spec, events, body)
    return watch(pid, spec, events, beside, processes, go)


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
    kept = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in spec["kept"]]
    isolation.mount(spec["scratch"], spec["scratch"], None, isolation.MS_BIND)
    for number, folder in enumerate(spec["open"]):
        shade = os.path.join(spec["shade"], str(number))
        try:
            isolation.overlay(folder, folder, shade + ".upper", shade + ".work")
        except OSError:
            continue  # it stays readable, and becomes read-only below
        writable.append(folder)
    if spec["tree"]:
        isolation.mount(spec["tree"], spec["root"], None, isolation.MS_BIND)
    else:
        isolation.overlay(spec["root"], spec["base"], spec["upper"], spec["work"])
    writable.append(spec["root"])
    for folder, held in kept:
        os.makedirs(folder, exist_ok=True)
        isolation.mount("/proc/self/fd/%d" % held, folder, None, isolation.MS_BIND)
        os.close(held)
    if os.path.exists("/etc/hosts"):
        isolation.mount(spec["hosts_file"], "/etc/hosts", None, isolation.MS_BIND)
    if spec["memory_folder"]:
        writable.append(own_memory_folder(spec["memory_folder"], spec["scratch"]))
    isolation.read_only("/")
    for folder in writable:
        isolation.writable(folder)
    if not spec["allowed"]:
        isolation.loopback_up()
        for number, address in enumerate(spec["addresses"]):
            isolation.loopback_address(number, address)
        listeners = [listening(port) for port in spec["ports"]]
        if listeners:
            events.send_sockets("listening", listeners, ports=list(spec["ports"]))
        for listener in listeners:
            listener.close()


def own_memory_folder(folder, scratch):
    """An empty folder in memory for the boot alone (semaphores, shared memory), with its scratch in reach if it lay there."""
    inside_it = scratch.startswith(folder + os.sep)
    held = os.open(scratch, os.O_PATH | os.O_DIRECTORY) if inside_it else None
    isolation.mount("tmpfs", folder, "tmpfs", isolation.MS_NOSUID | isolation.MS_NODEV, "mode=1777")
    if held is not None:
        os.makedirs(scratch)
        isolation.mount("/proc/self/fd/%d" % held, scratch, None, isolation.MS_BIND)
        os.close(held)
    return folder


def listening(port):
    """A socket on every address of the namespace, of both families where the system has both."""
    try:
        listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        address = "::"
    except OSError:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        address = "0.0.0.0"
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(128)
    return listener


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
        events.send(
            "broken",
            note="".join(traceback.format_exception_only(type(problem), problem)).strip(),
            trace=traceback.format_exc()[-4000:],
        )
    finally:
        leave(code)


def flush():
    """Writes out what the project printed; it may have closed or replaced its streams."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            continue


def leave(code):
    """Ends this process at once, without a word from what the project left running."""
    flush()
    _leave(code & 255)


def watch(pid, spec, events, beside, processes, go):
    """Waits for the boot and ends it where a limit is passed. Gives back the exit code of a keeper that did its work.

    The boot waits for a byte on `go`: once the first process of its namespace has ended, no other can be made. A
    thread cannot be started once a process namespace is set up for children (clone(2)), so `beside` runs in a
    process; when it is done, the boot is asked to stop and gets its grace.
    """
    deadline = time.monotonic() + spec["timeout"]
    boot_ends = os.pidfd_open(pid)
    handles = [boot_ends]
    companion = companion_ends = answers = None
    if beside is not None:
        companion, answers = accompany(beside)
        companion_ends = os.pidfd_open(companion)
        handles += [companion_ends, answers]
    os.write(go, b".")
    why, stopping = "", False
    room = free(spec)
    while True:
        ready, _, _ = select.select(handles, [], [], TICK)
        if boot_ends in ready:
            break
        if answers in ready:  # it is up: from here on the time is that of the questions
            handles.remove(answers)
            answers = None
            deadline = max(deadline, time.monotonic() + spec["asking"])
        if companion_ends in ready:
            handles = [boot_ends]
            stopping, deadline = True, time.monotonic() + spec["grace"]
            os.waitpid(companion, 0)  # the first process of a namespace cannot end before all others are reaped
            companion = None
            os.kill(pid, signal.SIGTERM)
        if os.path.exists(os.path.join(spec["scratch"], DOOMED)):
            break
        why = over(pid, spec, room, processes)
        if not why and time.monotonic() > deadline:
            if stopping:
                events.send("unstopped", seconds=spec["grace"])
            elif companion is not None and answers is None:
                end(companion)  # the questions take too long: it is up all the same
                deadline += spec["grace"]
                continue
            else:
                why = "time"
            break
        if why:
            break
    if why == "time" and not stopping:
        os.kill(pid, WHERE)
        select.select([boot_ends], [], [], 1.0)
    end(pid)
    if companion is not None:
        end(companion)
        os.waitpid(companion, 0)
    _pid, status = os.waitpid(pid, 0)
    if not spec["isolation"]:
        end_all()
    events.send("exit", code=os.waitstatus_to_exitcode(status), limit=why, stopped=stopping)
    return 0


def accompany(beside):
    """Runs `beside(answered)` in a process: its id, and the pipe on which it tells that the boot answers."""
    reading, writing = os.pipe()
    companion = os.fork()
    if companion == 0:
        code = 70
        try:
            isolation.die_with_parent()
            os.close(reading)
            beside(lambda: os.write(writing, b"."))
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return companion, reading


def free(spec):
    """Bytes that are left where the boot writes."""
    try:
        found = os.statvfs(spec["scratch"])
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize


def over(pid, spec, room, processes):
    """Which limit the boot has passed, "" for none."""
    try:
        if os.stat(spec["output"]).st_size > spec["output_limit"]:
            return "output"
    except OSError:
        return ""
    if room - free(spec) > DISK:
        return "disk"
    pids, pages = [pid], 0
    for each in pids:
        try:
            pages += int(read(processes, "%d/statm" % each).split()[1])
            pids.extend(int(child) for child in read(processes, "%d/task/%d/children" % (each, each)).split())
        except (OSError, ValueError, IndexError):
            continue  # it has just ended, or this kernel does not list children
    if len(pids) > spec["processes"]:
        return "processes"
    if (
        spec["memory"]
        and pages * os.sysconf("SC_PAGE_SIZE") > spec["memory"]
        and own_memory(pids, processes) > spec["memory"]
    ):
        return "memory"
    return ""


def read(folder, path):
    handle = os.open(path, os.O_RDONLY, dir_fd=folder)
    try:
        text = b""
        while True:
            data = os.read(handle, 1 << 16)
            if not data:
                return text.decode("ascii", "replace")
            text += data
    finally:
        os.close(handle)


def own_memory(pids, processes):
    """Bytes that these processes hold together; what forks share counts once (proportional set size)."""
    total = 0
    for each in pids:
        try:
            lines = read(processes, "%d/smaps_rollup" % each).splitlines()
            total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
        except (OSError, ValueError, IndexError):
            continue
    return total


def end(pid):
    """Ends the boot and everything that it started: its group, and with its namespace all the rest."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def end_all():
    """Without a namespace: ends whatever else this keeper's boot started; orphans come to the keeper (subreaper)."""
    for _round in range(200):
        left = children(os.getpid())
        if not left:
            return
        for pid in left:
            end(pid)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        time.sleep(0.005)


def children(pid):
    """The processes below one, of whatever depth."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found[1:]

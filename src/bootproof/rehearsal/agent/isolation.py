"""Namespaces, mounts and limits by system call, for an interpreter that may be as old as 3.9.

Every function raises OSError where the system does not allow it. Sources: unshare(2), mount(2), mount_setattr(2),
user_namespaces(7), pid_namespaces(7), netdevice(7).
"""

import ctypes
import fcntl
import os
import resource
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MOUNT_ATTR_RDONLY = 1
AT_RECURSIVE = 0x8000
SYS_MOUNT_SETATTR = 442  # the same number on every architecture (Linux 5.12)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK = 0x8914, 0x8916, 0x891C

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, "%s: %s" % (what, os.strerror(code)))


def unshare(flags):
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source, target, kind=None, flags=0, data=None):
    def encode(text):
        return text.encode() if text is not None else None

    _check(
        _libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)),
        "mount on %s" % target,
    )


def die_with_parent():
    _libc.prctl(ctypes.c_int(PR_SET_PDEATHSIG), ctypes.c_ulong(9), 0, 0, 0)


def adopt_orphans():
    """Processes whose parent ends come to this one (prctl(2)), not to the system's first."""
    _libc.prctl(ctypes.c_int(PR_SET_CHILD_SUBREAPER), ctypes.c_ulong(1), 0, 0, 0)


def enter_user_namespace():
    """A user namespace that keeps our own ids, so that mounts and networks of our own become possible."""
    uid, gid = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER)
    with open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    with open("/proc/self/uid_map", "w") as file:
        file.write("%d %d 1" % (uid, uid))
    with open("/proc/self/gid_map", "w") as file:
        file.write("%d %d 1" % (gid, gid))


def private_mounts():
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def read_only(path="/"):
    """Makes a mount and everything below it read-only in this mount namespace."""
    _set_attributes(path, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0)


def writable(path):
    """Takes read-only from the one mount that is at `path`."""
    _set_attributes(path, 0, 0, MOUNT_ATTR_RDONLY)


def _set_attributes(path, flags, add, clear):
    attributes = struct.pack("QQQQ", add, clear, 0, 0)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    _check(
        _libc.syscall(
            ctypes.c_long(SYS_MOUNT_SETATTR),
            ctypes.c_int(-100),
            path.encode(),
            ctypes.c_uint(flags),
            buffer,
            ctypes.c_size_t(len(attributes)),
        ),
        "mount_setattr",
    )


def overlay(target, lower, upper, work):
    """Mounts `lower` at `target` with writes going to `upper`.

    `redirect_dir` lets a folder of `lower` be renamed; in a user namespace there is `userxattr` instead (kernel
    documentation, "Overlay Filesystem").
    """
    for folder in (upper, work):
        os.makedirs(folder, exist_ok=True)
    data = "lowerdir=%s,upperdir=%s,workdir=%s" % tuple(_escape(each) for each in (lower, upper, work))
    options = (",redirect_dir=on", ",userxattr", "")
    for option in options:
        try:
            return mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, data + option)
        except OSError:
            if option == options[-1]:
                raise


def _escape(path):
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def loopback_up():
    """Brings the loopback interface of a new network namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14s", b"lo", 0x1 | 0x40, b"")  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(control.fileno(), SIOCSIFFLAGS, request)


def loopback_address(number, address):
    """Gives the loopback interface one more address, so that what is sent there stays here."""
    if ":" in address:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
            request = struct.pack("16sIi", socket.inet_pton(socket.AF_INET6, address), 128, 1)  # lo is number 1
            fcntl.ioctl(control.fileno(), SIOCSIFADDR, request)
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for call, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
            name = ("lo:%d" % number).encode()
            request = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, socket.inet_aton(value))
            fcntl.ioctl(control.fileno(), call, request)


def limit(memory, file_size, processes):
    """Limits for this process and its children; bytes, bytes, a count. 0 leaves a limit as it is."""
    for which, value in (
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_CORE, None),
    ):
        if value == 0:
            continue
        wanted = value or 0
        _soft, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(which, (wanted, hard))


def possible():
    """Whether namespaces are allowed here, and how: "root", "user" or "" (tried in a child that then ends)."""
    for way in ("root", "user") if os.geteuid() == 0 else ("user",):
        if _works(way, loopback_up):
            return way
    return ""


def overlays(way, folder):
    """Whether overlays can be mounted with their upper layer in `folder`: not every file system carries one."""

    def mounted():
        parts = [os.path.join(folder, each) for each in ("lower", "upper", "work", "target")]
        for each in parts:
            os.mkdir(each)  # not the folder too: whoever asked may have gone meanwhile, and have taken it along
        lower, upper, work, target = parts
        overlay(target, lower, upper, work)
        with open(os.path.join(target, "tried"), "w"):
            pass

    return _works(way, mounted)


def _works(way, work):
    pid = os.fork()
    if pid == 0:
        try:
            die_with_parent()
            if way == "user":
                enter_user_namespace()
            unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID)
            private_mounts()
            work()
            read_only()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0

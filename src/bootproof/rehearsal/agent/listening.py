"""Where a boot listens, as the kernel lists it (proc(5), /proc/net): whatever server, in whatever process."""

import os
import socket
import struct

LISTENS = "0A"  # TCP_LISTEN
ACCEPTS = "00010000"  # __SO_ACCEPTCON


def places(spec):
    """(host, port) of each socket on which the server may be asked, the one that it told of first."""
    if not spec["own_start"]:
        return [("127.0.0.1", spec["port"])]
    found = []
    for table, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        try:
            with open(table) as file:
                lines = file.readlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[3] == LISTENS:
                found += asked_at(words[1], family)
    if not spec["isolation"]:
        return [each for each in found if each[0] == spec["lead"] and each[1] not in spec["ports"]]
    found = [each for each in found if each[1] not in spec["ports"]]
    wanted = port_told(spec)
    return [each for each in found if wanted in (0, each[1])] or (local(spec) if not found else [])


def local(spec):
    """(path, 0) of each socket in the file system on which this namespace listens, multiprocessing's own left out."""
    try:
        with open("/proc/net/unix") as file:
            lines = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return []
    paths = [words[7] for words in lines if len(words) == 8 and words[3] == ACCEPTS and not words[7].startswith("@")]
    folder = os.path.join(spec["root"], spec["target"]["directory"])
    return [(os.path.join(folder, path), 0) for path in paths if "/pymp-" not in path]


def port_told(spec):
    """The port that the server said, else the one of its command, 0 where neither is known."""
    try:
        with open(os.path.join(spec["scratch"], "port")) as file:
            return int(file.read())
    except (OSError, ValueError):
        return spec["port"] or 0


def asked_at(text, family):
    """Where one local address of the table may be asked; what listens everywhere is asked on the loopback."""
    address, _, port = text.partition(":")
    size = 4 if family == socket.AF_INET else 16
    words = [int(address[at : at + 8], 16) for at in range(0, size * 2, 8)]
    host = socket.inet_ntop(family, struct.pack("=%dI" % len(words), *words))
    if host.startswith("::ffff:"):
        host = host[len("::ffff:") :]
    hosts = {"0.0.0.0": ("127.0.0.1",), "::": ("127.0.0.1", "::1")}.get(host, (host,))
    return [(each, int(port, 16)) for each in hosts]

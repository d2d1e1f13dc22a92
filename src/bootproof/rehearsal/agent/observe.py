"""Sees what a project does and hides: connects that fail inside a `try`, exceptions only logged, outside addresses.

The hooks are put in before anything third-party is imported (in the zygote, once) and stay silent until a
recorder is set. They lead database connections to the proxy and refuse the rest of the world; C code that
resolves names itself is led by PGHOSTADDR and, in a namespace, by an /etc/hosts of its own.
"""

import asyncio
import asyncio.selector_events
import errno
import functools
import importlib.abc
import importlib.machinery
import ipaddress
import logging
import os
import re
import socket
import sys
import threading
import warnings

from . import describe

# The calls through which drivers connect: module, dotted attribute, whether it returns an awaitable.
CONNECTS = (
    ("asyncpg.connection", "connect"),
    ("asyncpg.pool", "create_pool"),
    ("psycopg.connection", "Connection.connect"),
    ("psycopg.connection_async", "AsyncConnection.connect"),
    ("psycopg2", "connect"),
    ("sqlalchemy.engine.default", "DefaultDialect.connect"),
    ("pg8000.dbapi", "connect"),
    ("aiopg.connection", "connect"),
)

LOOPBACK = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None)

_recorder = None
_real_getaddrinfo = socket.getaddrinfo
_real_connect = socket.socket.connect
_real_connect_ex = socket.socket.connect_ex
_real_bind = socket.socket.bind
_real_sock_connect = asyncio.selector_events.BaseSelectorEventLoop.sock_connect
_installed = False


class Recorder:
    """Tells what the hooks see. `lead`: the address at which the proxy answers for the database ports."""

    def __init__(self, events, root, lead, ports, hosts, allowed):
        self.events = events
        self.root = root
        self.lead = lead
        self.ports = frozenset(ports)
        self.hosts = frozenset(host.lower() for host in hosts)
        self.allowed = frozenset(host.lower() for host in allowed)
        self.stage = None
        self.failed = {}  # name of the connecting call -> the failure told last
        self.refused = set()
        self.told = 0
        self.logged = []  # chains of exceptions that were logged as errors

    def database(self, host, port):
        return port in self.ports or (isinstance(host, str) and host.lower() in self.hosts)

    def refuse(self, host, port):
        if (host, port) in self.refused:
            return
        self.refused.add((host, port))
        own = [frame for frame in describe.stack(self.root, 3) if frame["own"]]
        self.events.send("refused", host=str(host), port=port or 0, stage=self.stage, frame=own[-1] if own else None)

    def connect_failed(self, name, error):
        self.failed[name] = True
        chain = describe.chain(error, self.root)
        # a failing driver call is often made from a pool: the caller's own frames say who wanted it
        outer = [frame for frame in describe.stack(self.root, 3) if frame["own"]]
        if chain and not any(frame["own"] for frame in chain[0]["frames"]):
            chain[0]["frames"] = outer + chain[0]["frames"]
        self.tell("swallowed", kind="connect", name=name, stage=self.stage, chain=chain)

    def connect_succeeded(self, name):
        if self.failed.pop(name, None):
            self.events.send("recovered", name=name)

    def tell(self, event, **fields):
        self.told += 1
        if self.told <= 200:
            self.events.send(event, **fields)


def record(recorder):
    global _recorder
    _recorder = recorder


def install():
    """Puts the hooks in. Called once, before third-party modules are imported."""
    global _installed
    if _installed:
        return
    _installed = True
    socket.getaddrinfo = _getaddrinfo
    socket.socket.connect = _connect
    socket.socket.connect_ex = _connect_ex
    asyncio.selector_events.BaseSelectorEventLoop.sock_connect = _sock_connect
    _hook_logging()
    sys.meta_path.insert(0, _AfterImport())


def _inside(host):
    if host in LOOPBACK:
        return True
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host.endswith(".localhost") or host == socket.gethostname():
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _getaddrinfo(host, port, *args, **kwargs):
    recorder = _recorder
    if recorder is None:
        return _real_getaddrinfo(host, port, *args, **kwargs)
    number = int(port) if isinstance(port, (int, str)) and str(port).isdigit() else port
    if recorder.database(host, number):
        return _real_getaddrinfo(recorder.lead, port, *args, **kwargs)
    if _inside(host) or str(host).lower() in recorder.allowed or _to_listen(host, *args, **kwargs):
        return _real_getaddrinfo(host, port, *args, **kwargs)
    recorder.refuse(host, number if isinstance(number, int) else 0)
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _to_listen(host, family=0, type=0, proto=0, flags=0):
    """Whether an address to listen on is asked for, in a form that no resolver of production would know either."""
    return bool(flags & socket.AI_PASSIVE) and not re.fullmatch(r"(?![\d.]+$)[A-Za-z0-9_.-]+", str(host))


def ask_for(host, port):
    """Looks a host up on which a server is about to listen: a loop that resolves in C asks past the hook."""
    try:
        socket.getaddrinfo(host, port, flags=socket.AI_PASSIVE)
    except OSError:
        return  # told where it is refused; what comes of it the server says itself


def move_listeners(recorder):
    """Gives what this boot listens on the boot's own address and any port: without a namespace others listen here too."""

    def bind(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and self.type & 0xF == socket.SOCK_STREAM and _inside(address[0]):
            if self.family == socket.AF_INET:
                return _real_bind(self, (recorder.lead, 0))
            self.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            return _real_bind(self, ("::ffff:" + recorder.lead, 0))
        return _real_bind(self, address)

    socket.socket.bind = bind


def _led(address):
    recorder = _recorder
    if recorder is None or not isinstance(address, tuple) or len(address) < 2:
        return address
    host, port = address[0], address[1]
    if recorder.database(host, port):
        return (recorder.lead, port) + tuple(address[2:]) if ":" not in str(host) else address
    if _inside(host) or str(host).lower() in recorder.allowed or recorder.allowed:
        return address
    recorder.refuse(host, port)
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


def _connect(self, address):
    if (
        self.family == socket.AF_INET6
        and _recorder is not None
        and isinstance(address, tuple)
        and _recorder.database(address[0], address[1])
        and not _recorder.lead.startswith("127.0.0.1")
    ):
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")  # the proxy speaks IPv4
    try:
        return _real_connect(self, _led(address))
    except ConnectionRefusedError:
        _nobody_there(address)
        raise


async def _sock_connect(self, sock, address):
    try:
        return await _real_sock_connect(self, sock, address)
    except ConnectionRefusedError:
        _nobody_there(address)
        raise


def _nobody_there(address):
    """A loopback address where nobody listens: a service that the start needs and that is not here."""
    if _recorder is not None and isinstance(address, tuple) and address[1] not in _recorder.ports:
        _recorder.refuse(address[0], address[1])


def _connect_ex(self, address):
    try:
        return _real_connect_ex(self, _led(address))
    except OSError as error:
        return error.errno


def _hook_logging():
    real = logging.Logger.handle

    @functools.wraps(real)
    def handle(self, entry):
        recorder = _recorder
        if recorder is not None and entry.levelno >= logging.ERROR:
            error = entry.exc_info[1] if isinstance(entry.exc_info, tuple) else entry.msg
            if isinstance(error, BaseException):
                chain = describe.chain(error, recorder.root)
                recorder.logged.append(chain)
                recorder.tell("swallowed", kind="logged", name=entry.name, stage=recorder.stage, chain=chain)
        return real(self, entry)

    logging.Logger.handle = handle


def hook_warnings(recorder):
    real = warnings.showwarning

    def show(message, category, filename, lineno, file=None, line=None):
        own = describe.is_own(filename, recorder.root)
        where = os.path.relpath(filename, recorder.root) if own else os.path.basename(filename)
        recorder.tell("warning", text="%s: %s (%s:%d)" % (category.__name__, message, where, lineno))
        return real(message, category, filename, lineno, file, line)

    warnings.showwarning = show


class _AfterImport(importlib.abc.MetaPathFinder):
    """Wraps the connecting calls of a driver module right after it was executed."""

    wanted = frozenset(module for module, _name in CONNECTS)
    busy = threading.local()

    def find_spec(self, name, path=None, target=None):
        if name not in self.wanted or getattr(self.busy, "on", False):
            return None
        self.busy.on = True
        try:
            for finder in sys.meta_path:
                if finder is self or not hasattr(finder, "find_spec"):
                    continue
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    break
            else:
                return None
        finally:
            self.busy.on = False
        if spec.loader is not None and hasattr(spec.loader, "exec_module"):
            real = spec.loader.exec_module

            def exec_module(module):
                real(module)
                for wanted, attribute in CONNECTS:
                    if wanted == name:
                        _wrap(module, attribute)

            spec.loader.exec_module = exec_module
        return spec


def _wrap(module, dotted):
    holder = module
    *outer, last = dotted.split(".")
    for part in outer:
        holder = getattr(holder, part, None)
        if holder is None:
            return
    raw = vars(holder).get(last)
    if raw is None:
        return
    name = "%s.%s" % (module.__name__, dotted)
    if isinstance(raw, classmethod):
        setattr(holder, last, classmethod(_watched(raw.__func__, name)))
    elif callable(raw):
        setattr(holder, last, _watched(raw, name))


def _watched(real, name):
    if asyncio.iscoroutinefunction(real):

        @functools.wraps(real)
        async def watch(*args, **kwargs):
            try:
                result = await real(*args, **kwargs)
            except Exception as error:
                _failed(name, error)
                raise
            _succeeded(name)
            return result
    else:

        @functools.wraps(real)
        def watch(*args, **kwargs):
            try:
                result = real(*args, **kwargs)
            except Exception as error:
                _failed(name, error)
                raise
            _succeeded(name)
            return result

    return watch


def _failed(name, error):
    if _recorder is not None:
        _recorder.connect_failed(name, error)


def _succeeded(name):
    if _recorder is not None:
        _recorder.connect_succeeded(name)

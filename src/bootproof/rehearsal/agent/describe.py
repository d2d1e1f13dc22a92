"""Exceptions as plain data: the chain, the frames, the attributes that rules match on."""

import gc
import linecache
import opcode
import os
import sys

from . import mapped, schemas, subjects

LIMIT_FRAMES = 60
LIMIT_TEXT = 4000
LIMIT_CHAIN = 8
LIMIT_NAMES = 80
AGENT = "_bootproof_agent"


def qualified(kind):
    name = getattr(kind, "__qualname__", None) or type(kind).__qualname__  # a partial has none
    module = getattr(kind, "__module__", "")
    return name if module in ("builtins", "") else "%s.%s" % (module, name)


def chain(error, root):
    """The exception that ended it, then its causes, root last. A group is followed by its first member."""
    seen, found = set(), []
    while error is not None and id(error) not in seen and len(found) < LIMIT_CHAIN:
        seen.add(id(error))
        found.append(one(error, root))
        members = getattr(error, "exceptions", None)
        if error.__cause__ is not None:
            error = error.__cause__
        elif isinstance(members, (tuple, list)) and members and isinstance(members[0], BaseException):
            error = members[0]
        elif not error.__suppress_context__ or ends(error):
            error = error.__context__
        else:
            error = None
    return found


def ends(error):
    """Whether it only ends the process: what it was raised from says why, even where that is not to be printed."""
    return isinstance(error, SystemExit) or isinstance(getattr(error, "exit_code", None), int)


def one(error, root):
    return {
        "type": qualified(type(error)),
        "bases": [qualified(base) for base in type(error).__mro__ if base is not object],
        "message": text_of(error),
        "frames": frames(error.__traceback__, root),
        "facts": {**around(error.__traceback__, root), **facts(error), **inside(error, root)},
    }


def inside(error, root):
    """`inside`: the file that an error of the system names, told from the project's root where it lies below it."""
    name = getattr(error, "filename", None) if isinstance(error, OSError) else None
    if not isinstance(name, (str, os.PathLike)):
        return {}
    try:
        place = os.path.relpath(os.path.join(os.getcwd(), name), root)
    except (OSError, ValueError, TypeError):  # the working directory is gone, or the path is none
        return {}
    return {} if place.startswith(os.pardir) else {"inside": place.replace(os.sep, "/")}


def around(traceback, root):
    """What stood at the project's own last frame, as types alone.

    `names`: the names that its code uses; `receiver`: the object whose method it had called; `protocol`: what the
    interpreter was doing with an object where the innermost frame raised (`with`, `await`, …), not calling it.
    """
    found, own, last = {}, None, None
    while traceback is not None:
        if not traceback.tb_frame.f_globals.get("__name__", "").startswith(AGENT):
            if is_own(traceback.tb_frame.f_code.co_filename, root):
                own, found = traceback, {}
            elif last is own and own is not None:
                found = receiver(traceback.tb_frame)
            last = traceback
        traceback = traceback.tb_next
    if own is None:
        return found
    found["names"] = names(own.tb_frame)
    if last is own:
        found["protocol"] = PROTOCOLS.get(instruction(own), "")
    return found


def receiver(frame):
    code = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    if first not in ("self", "cls") or first not in frame.f_locals:
        return {}
    return {"receiver": qualified(type(frame.f_locals[first])), "method": code.co_name}


def names(frame):
    """The types of the names that a frame's code uses, of their attributes where it uses those; no values."""
    used = frame.f_code.co_names
    found = {}
    held = dict.fromkeys(used + frame.f_code.co_varnames + frame.f_code.co_freevars + frame.f_code.co_cellvars)
    for name in list(held)[:LIMIT_NAMES]:
        space = frame.f_locals if name in frame.f_locals else frame.f_globals
        if name not in space:
            continue
        value = space[name]
        found[name] = qualified(type(value))
        inside = object_dict(value)
        for attribute in used:
            if attribute in inside:
                found["%s.%s" % (name, attribute)] = qualified(type(inside[attribute]))
    return found


def object_dict(value):
    """The attributes that an object itself holds; nothing of the project's own is run for it."""
    try:
        inside = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return inside if type(inside) is dict else {}


def instruction(traceback):
    """The name of the instruction at which a frame raised."""
    code, place = traceback.tb_frame.f_code.co_code, traceback.tb_lasti
    if not 0 <= place < len(code):
        return ""
    name = opcode.opname[code[place]]
    # since 3.14 one instruction serves both kinds of `with`: its argument says which method it looked for
    return "%s %d" % (name, code[place + 1]) if name == "LOAD_SPECIAL" else name


PROTOCOLS = {
    "SETUP_WITH": "with",
    "BEFORE_WITH": "with",
    "LOAD_SPECIAL 0": "with",
    "LOAD_SPECIAL 1": "with",
    "BEFORE_ASYNC_WITH": "async with",
    "LOAD_SPECIAL 2": "async with",
    "LOAD_SPECIAL 3": "async with",
    "GET_AWAITABLE": "await",
    "GET_ITER": "for",
    "GET_YIELD_FROM_ITER": "for",
    "UNPACK_SEQUENCE": "for",
    "FOR_ITER": "for",
    "GET_AITER": "async for",
    "GET_ANEXT": "async for",
}


STEPS = ("async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper")


def standing(frame, tasks, root):
    """Where the running code and each task stands: the stack of every one that goes through own code, outermost first.

    The running code comes first, then the tasks of the server, which wait for the project's start; what the project
    runs in tasks of its own stands beside that and comes last.
    """
    tasks = sorted(tasks, key=age)
    stacks = [unwound(frame)] + [suspended(task.get_coro()) for task in tasks]
    told = [stack for stack in ([one_frame(each, root) for each in stack] for stack in stacks) if stack]
    told[1:] = sorted(told[1:], key=lambda stack: stack[0]["own"])
    return [stack[-LIMIT_FRAMES:] for stack in told if any(each["own"] for each in stack)][:LIMIT_CHAIN]


def age(task):
    """What sorts the older task first: asyncio numbers those that nobody names; when a named one was made nothing tells."""
    name = task.get_name()
    number = name[len("Task-") :] if name.startswith("Task-") else ""
    return (0, int(number), "") if number.isdecimal() else (1, 0, name)


def unwound(current):
    found = []
    while current is not None:
        if not current.f_globals.get("__name__", "").startswith(AGENT):
            found.append(current)
        current = current.f_back
    return list(reversed(found))


def suspended(waiting):
    """The frames of a coroutine that waits, and of what it waits for, down to the innermost."""
    found = []
    while waiting is not None and len(found) < LIMIT_FRAMES:
        for prefix in ("cr", "gi", "ag"):
            frame = getattr(waiting, prefix + "_frame", None)
            if frame is not None:
                found.append(frame)
                waiting = getattr(waiting, prefix + ("_yieldfrom" if prefix == "gi" else "_await"), None)
                break
        else:
            # a step of an asynchronous generator, and what `__await__` makes of a coroutine, do not tell what they step
            steps = type(waiting).__name__ in STEPS
            inner = gc.get_referents(waiting) if steps else ()
            waiting = next((each for each in inner if hasattr(each, "ag_frame") or hasattr(each, "cr_frame")), None)
    return [each for each in found if not each.f_globals.get("__name__", "").startswith(AGENT)]


def one_frame(each, root):
    return frame(each, each.f_lineno, root)


def text_of(error):
    try:
        return str(error)[:LIMIT_TEXT]
    except BaseException as broken:  # a __str__ of the project's own may raise anything
        return "(its message cannot be shown: %s)" % type(broken).__name__


def shown(value):
    """A short text for any value; a __repr__ of the project's own may raise anything."""
    try:
        return repr(value)[:300]
    except BaseException as broken:
        return "(cannot be shown: %s)" % type(broken).__name__


def frames(traceback, root):
    """The frames, outermost first; the agent's own, which stand between a driver and its caller, left out."""
    found = []
    while traceback is not None:
        if not traceback.tb_frame.f_globals.get("__name__", "").startswith(AGENT):
            found.append(frame(traceback.tb_frame, traceback.tb_lineno, root))
        traceback = traceback.tb_next
    return found[-LIMIT_FRAMES:]


def frame(frame, line, root):
    file = frame.f_code.co_filename
    own = is_own(file, root)
    return {
        "file": relative(file, root) if own else file,
        "line": line or 0,
        "function": frame.f_code.co_name,
        "module": frame.f_globals.get("__name__", ""),
        "own": own,
        "source": source_line(file, line),
    }


def relative(file, root):
    """A file of the project's own, as it is told."""
    return os.path.relpath(file, root).replace(os.sep, "/")


def source_line(file, line):
    return linecache.getline(file, line).strip()[:300] if line else ""


def is_own(file, root):
    """Whether a file belongs to the project: below its root and not in an environment inside it."""
    if not file.startswith(root.rstrip(os.sep) + os.sep):
        return False
    if "site-packages" in file or "dist-packages" in file:
        return False
    return not file.startswith(os.path.realpath(sys.prefix) + os.sep)


def stack(root, depth=1):
    """The frames that are running now, outermost first."""
    current, found = sys._getframe(depth), []
    while current is not None:
        found.append(frame(current, current.f_lineno, root))
        current = current.f_back
    return list(reversed(found))[-LIMIT_FRAMES:]


def facts(error):
    """The exception's own plain attributes. pydantic keeps its errors behind a method; settings keep a title."""
    found = {}
    for name, value in list(vars(error).items()) if hasattr(error, "__dict__") else []:
        if isinstance(name, str) and not name.startswith("_"):
            put(found, name, value)
    for name in ATTRIBUTES:
        if name in found:
            continue
        try:
            put(found, name, getattr(error, name))
        except AttributeError:
            continue
        except BaseException as broken:  # a property of the project's own may raise anything
            found[name] = "(cannot be read: %s)" % type(broken).__name__
    if isinstance(error, SystemExit):
        put(found, "code", error.code)
    try:
        errors = getattr(error, "errors", None)
        listed = errors() if callable(errors) else None
    except BaseException as broken:
        found["errors_unreadable"] = type(broken).__name__
    else:
        if isinstance(listed, (list, tuple)):
            found["errors"] = [problem(each) for each in listed[:50]]
    arguments = BaseException.args.__get__(error)
    found["args"] = [plain(each)[1] if plain(each)[0] else shown(each) for each in arguments[:6]]
    return {**found, **subjects.of(error), **schemas.of(error), **mapped.of(error)}


ATTRIBUTES = (
    "name",
    "path",
    "name_from",
    "errno",
    "filename",
    "lineno",
    "offset",
    "text",
    "msg",
    "code",
    "key",
    "obj",
    "sqlstate",
    "title",
    "statement",
    "pgcode",
    "strerror",
    "port",
    "host",
)


def problem(each):
    if not isinstance(each, dict):
        return shown(each)
    return {
        "type": shown_text(each.get("type", "")),
        "loc": [part if type(part) in (str, int) else shown_text(part) for part in each.get("loc", ())],
        "msg": shown_text(each.get("msg", ""))[:500],
        "input_type": type(each.get("input")).__name__,
    }


def shown_text(value):
    return str.__str__(value) if isinstance(value, str) else shown(value)


def plain(value):
    """Whether a value can be told as it is, and how. A subclass may lie about its own text; huge numbers stay out."""
    if isinstance(value, str):
        return True, str.__str__(value)[:1000]
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return True, value
    if isinstance(value, int):
        number = int.__index__(value)
        return (True, number) if abs(number) < 1 << 63 else (False, None)
    return False, None


def put(found, name, value):
    can, told = plain(value)
    options = getattr(value, "opts", None)  # an option of a command line, as click names it
    if isinstance(options, list) and options and all(plain(each)[0] for each in options):
        found[name] = [plain(each)[1] for each in options]
    elif can:
        found[name] = told
    elif isinstance(value, type):
        found[name] = qualified(value)
    elif isinstance(value, (list, tuple)) and all(plain(each)[0] for each in value[:50]):
        found[name] = [plain(each)[1] for each in value[:50]]
    else:
        found[name + "_type"] = qualified(type(value))

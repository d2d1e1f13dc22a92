"""Exceptions as plain data: the chain, the frames, the attributes that rules match on."""

import linecache
import os
import sys

LIMIT_FRAMES = 60
LIMIT_TEXT = 4000
LIMIT_CHAIN = 8


def qualified(kind):
    module = getattr(kind, "__module__", "")
    return kind.__qualname__ if module in ("builtins", "") else "%s.%s" % (module, kind.__qualname__)


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
        elif not error.__suppress_context__:
            error = error.__context__
        else:
            error = None
    return found


def one(error, root):
    return {
        "type": qualified(type(error)),
        "bases": [qualified(base) for base in type(error).__mro__ if base is not object],
        "message": text_of(error),
        "frames": frames(error.__traceback__, root),
        "facts": facts(error),
    }


def text_of(error):
    try:
        return str(error)[:LIMIT_TEXT]
    except BaseException as broken:  # a __str__ of the project's own may raise anything
        return "(its message cannot be shown: %s)" % type(broken).__name__


def frames(traceback, root):
    found = []
    while traceback is not None:
        found.append(frame(traceback.tb_frame, traceback.tb_lineno, root))
        traceback = traceback.tb_next
    return found[-LIMIT_FRAMES:]


def frame(frame, line, root):
    file = frame.f_code.co_filename
    own = is_own(file, root)
    return {
        "file": os.path.relpath(file, root).replace(os.sep, "/") if own else file,
        "line": line or 0,
        "function": frame.f_code.co_name,
        "module": frame.f_globals.get("__name__", ""),
        "own": own,
        "source": linecache.getline(file, line).strip()[:300] if line else "",
    }


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
        if not name.startswith("_"):
            put(found, name, value)
    for name in ("name", "path", "name_from", "errno", "filename", "lineno", "offset", "text", "msg", "code", "key", "obj",
                 "sqlstate", "title", "statement", "pgcode", "strerror", "port", "host"):
        if name not in found and hasattr(error, name):
            try:
                put(found, name, getattr(error, name))
            except Exception as broken:  # a property of the project's own may raise anything
                found[name] = "(cannot be read: %s)" % type(broken).__name__
    if isinstance(error, SystemExit):
        put(found, "code", error.code)
    errors = getattr(error, "errors", None)
    if callable(errors):
        try:
            listed = errors()
        except Exception as broken:
            found["errors_unreadable"] = type(broken).__name__
        else:
            if isinstance(listed, (list, tuple)):
                found["errors"] = [problem(each) for each in listed[:50]]
    arguments = [each if isinstance(each, (str, int, float, bool, type(None))) else repr(each)[:300] for each in error.args[:6]]
    found["args"] = [each[:500] if isinstance(each, str) else each for each in arguments]
    return found


def problem(each):
    if not isinstance(each, dict):
        return repr(each)[:300]
    return {
        "type": str(each.get("type", "")),
        "loc": [part if isinstance(part, (str, int)) else str(part) for part in each.get("loc", ())],
        "msg": str(each.get("msg", ""))[:500],
        "input_type": type(each.get("input")).__name__,
    }


def put(found, name, value):
    if isinstance(value, str):
        found[name] = value[:1000]
    elif isinstance(value, (int, float, bool)) or value is None:
        found[name] = value
    elif isinstance(value, type):
        found[name] = qualified(value)
    elif isinstance(value, (list, tuple)) and all(isinstance(each, (str, int)) for each in value):
        found[name] = [each for each in value][:50]
    else:
        found[name + "_type"] = qualified(type(value))

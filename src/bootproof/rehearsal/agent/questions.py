"""Read-only questions about what is installed, answered in a fork of the zygote: an import here changes nothing."""

import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import pkgutil
import re
import sys

from . import describe, implied, results, setups, subjects


def answer(question, arguments):
    """Plain data, or None where there is no answer."""
    known = {
        "exports": exports,
        "has": has,
        "homes": homes,
        "accepts": accepts,
        "dialect": dialect,
        "extras": extras,
        "reads": reads,
        "mro": mro,
        "dialects": dialects,
        "table": table,
        "attributes": attributes,
        "origin": origin,
        "refuses": refuses,
        "gives": results.gives,
        "speaks": results.speaks,
        "keeps_hooks": keeps_hooks,
        "constant": constant,
        "setups": setups.setups,
        "index_name": implied.index_name,
    }
    if question not in known:
        raise LookupError("no question %r" % question)
    return known[question](**arguments)


def load(module):
    try:
        return importlib.import_module(module)
    except BaseException:  # whatever it raises: it cannot be imported, which is the answer
        return None


def exports(module):
    loaded = load(module)
    if loaded is None:
        return None
    names = set(vars(loaded)) | set(getattr(loaded, "__all__", ()))
    try:
        names.update(dir(loaded))
    except Exception as problem:
        names.add("(dir failed: %s)" % type(problem).__name__)
    if hasattr(loaded, "__path__"):
        names.update(each.name for each in pkgutil.iter_modules(loaded.__path__))
    return sorted(names)


def has(module, name):
    """Whether `from module import name` works: an attribute, a lazy attribute or a submodule."""
    loaded = load(module)
    if loaded is None:
        return None
    try:
        getattr(loaded, name)
        return True
    except AttributeError:
        return load(module + "." + name) is not None
    except BaseException:
        return False  # it exists and raises: importing it fails all the same


def homes(name, near):
    """Modules that export `name`: what is loaded, and what the text of the nearest distributions defines.

    Public, near and short first. The text is read because a package need not load what it offers.
    """
    for found in defining(name, near):
        load(found)
    top = near.partition(".")[0]
    found = {}
    for module_name, module in list(sys.modules.items()):
        if module is None or module_name.startswith("_bootproof_agent"):
            continue
        space = getattr(module, "__dict__", {})
        if name not in space:
            continue
        value = space[name]
        if inspect.ismodule(value):
            continue
        found[module_name] = value
    if not found:
        return []

    def cost(item):
        module_name, value = item
        public = not any(part.startswith("_") for part in module_name.split("."))
        listed = name in getattr(sys.modules[module_name], "__all__", ())
        package = hasattr(sys.modules[module_name], "__path__")
        owner = str(getattr(value, "__module__", "") or "")
        owned = owner.partition(".")[0] == module_name.partition(".")[0]
        shared = len(common(module_name, near))
        return (
            not owned,
            not public,
            not (module_name.partition(".")[0] == top),
            not (listed or package or owner == module_name),
            not listed,
            -shared,
            module_name.count("."),
            module_name,
        )

    ranked = sorted(found.items(), key=cost)
    return [
        {
            "module": module_name,
            "owner": str(getattr(value, "__module__", "") or ""),
            "kind": type(value).__name__,
            "distribution": module_name.partition(".")[0],
        }
        for module_name, value in ranked[:12]
    ]


def defining(name, near):
    """Dotted names of modules whose text defines or re-exports `name`, in `near`'s distribution and what it requires."""
    word = re.compile(rb"\b" + name.encode() + rb"\b")
    for top in sorted({near.partition(".")[0]} | requirements(near.partition(".")[0])):
        spec = importlib.util.find_spec(top) if top.isidentifier() else None
        for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
            for path, folders, files in os.walk(folder):
                folders[:] = [
                    each for each in folders if each.isidentifier() and each not in ("tests", "testing", "__pycache__")
                ]
                for file in files:
                    if not file.endswith(".py"):
                        continue
                    with open(os.path.join(path, file), "rb") as source:
                        if not word.search(source.read()):
                            continue
                    parts = os.path.relpath(os.path.join(path, file[:-3]), folder).split(os.sep)
                    if parts[-1] == "__init__":
                        parts.pop()
                    if not any(part.startswith("_") for part in parts):
                        yield ".".join([top] + [part for part in parts if part != "."])


def reads(module, variable):
    """Whether the source of a module's distribution, or of a module of its own, holds a variable's name as a text."""
    quoted = re.compile(rb"[\"']" + variable.encode() + rb"[\"']")
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None:
        return None
    for file in sources(spec):
        with open(file, "rb") as source:
            if quoted.search(source.read()):
                return True
    return False


def sources(spec):
    """The Python files of a top-level module."""
    if not spec.submodule_search_locations:
        return [spec.origin] if spec.origin and spec.origin.endswith(".py") else []
    return [
        os.path.join(path, file)
        for folder in spec.submodule_search_locations
        for path, _folders, files in os.walk(folder)
        for file in files
        if file.endswith(".py")
    ]


def requirements(top):
    """Top-level import names of what the distribution behind `top` requires."""
    by_module = (
        importlib.metadata.packages_distributions() if hasattr(importlib.metadata, "packages_distributions") else {}
    )
    found = set()
    for distribution in by_module.get(top, [top]):
        try:
            wanted = importlib.metadata.requires(distribution) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for each in wanted:
            plain = re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0].lower().replace("-", "_")
            if "extra ==" not in each:
                found.add(plain)
    return found


def common(one, other):
    shared = []
    for left, right in zip(one.split("."), other.split(".")):
        if left != right:
            break
        shared.append(left)
    return shared


def resolve(path):
    module, _, qualname = path.partition(":")
    found = load(module)
    for part in filter(None, qualname.split(".")):
        if found is None:
            return None
        found = getattr(found, part, None)
    return found


def table(path):
    """A table of texts that a module keeps, as `module:attribute` names it; None where there is none."""
    found = resolve(path)
    if not isinstance(found, dict):
        return None
    return {key: value for key, value in found.items() if isinstance(key, str) and isinstance(value, str)}


def accepts(path):
    found = resolve(path)
    if found is None or not callable(found):
        return None
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return None
    return [
        {
            "name": each.name,
            "kind": each.kind.name,
            "required": each.default is each.empty and each.kind.name not in ("VAR_POSITIONAL", "VAR_KEYWORD"),
            "annotation": "" if each.annotation is each.empty else str(each.annotation)[:200],
        }
        for each in signature.parameters.values()
    ]



def refuses(driver, name):
    """Whether a database driver's `connect` takes no such parameter: by its signature, or by libpq's own parser.

    None where neither tells.
    """
    taken = accepts(driver + ":connect")
    if taken is None or any(each["name"] == name for each in taken):
        return None if taken is None else False
    if not any(each["kind"] == "VAR_KEYWORD" for each in taken):
        return True
    for path in (".conninfo:make_conninfo", ".extensions:make_dsn"):  # psycopg 3, psycopg2: nothing is connected
        parse = resolve(driver + path)
        if parse is not None:
            try:
                parse(**{name: "1"})
            except Exception:
                return True
            return False
    return None


def attributes(path):
    """The names that `module:qualname` has, a class's or (`module:`) a module's own; None where it is not there."""
    found = resolve(path)
    return None if found is None else sorted(each for each in dir(found) if isinstance(each, str))


def constant(path):
    """The value of `module:name` where it is plain: text, a number, or a dictionary or list of such; else None."""
    return plain(resolve(path))


def plain(value):
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if isinstance(key, str)}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else None


def origin(path):
    """Where `module:qualname` was defined, under whatever name it is exported: `module:qualname` again."""
    found = resolve(path)
    return subjects.path_of(found) if callable(found) else None


def keeps_hooks(path):
    """Whether a class of applications that takes `on_startup` keeps what it is given; None where it does not take it."""
    kind = resolve(path)
    if not isinstance(kind, type) or not any(each["name"] == "on_startup" for each in accepts(path) or ()):
        return None
    router = getattr(kind(on_startup=[keeps_hooks]), "router", None)
    return keeps_hooks in (getattr(router, "on_startup", None) or ())


def mro(path):
    found = resolve(path)
    return [describe.qualified(base) for base in found.__mro__] if isinstance(found, type) else None


def dialect(scheme):
    """What SQLAlchemy makes of a URL scheme: driver, module that it imports, whether it is asynchronous."""
    engine = load("sqlalchemy.engine")
    if engine is None:
        return None
    try:
        found = engine.make_url(scheme + "://u:p@h/d").get_dialect()
    except BaseException as problem:
        return {"error": type(problem).__name__}
    module = None

    class Asked(BaseException):
        pass

    class Finder:
        names = []

        def find_spec(self, name, path=None, target=None):
            if path is None and name.partition(".")[0] not in sys.stdlib_module_names:
                self.names.append(name)
            return

    finder = Finder()
    available = True
    error = None
    sys.meta_path.insert(0, finder)
    before = set(sys.modules)
    try:
        found.import_dbapi()
    except ImportError as problem:
        available, error = False, getattr(problem, "name", None)
    except BaseException as problem:
        available, error = False, type(problem).__name__
    finally:
        sys.meta_path.remove(finder)
    asked = [name for name in finder.names if not name.startswith("sqlalchemy")]
    module = error or (asked[0] if asked else str(getattr(found, "driver", "")))
    return {
        "name": found.name,
        "driver": found.driver,
        "module": module,
        "is_async": bool(getattr(found, "is_async", False)),
        "can_async": can_async(engine, scheme),
        "available": available,
        "new": len(set(sys.modules) - before),
    }


def can_async(engine, scheme):
    """Whether `create_async_engine` takes the scheme: psycopg 3 has one name for both of its dialects."""
    try:
        url = engine.make_url(scheme + "://u:p@h/d")
        return bool(url.get_dialect().get_async_dialect_cls(url).is_async)
    except Exception:
        return False  # an older dialect that knows no asynchronous side


def dialects(name):
    """The drivers that SQLAlchemy ships for one database name: `driver`, `is_async`, `module` (of the DBAPI)."""
    package = load("sqlalchemy.dialects." + name)
    if package is None:
        return None
    found = []
    for each in pkgutil.iter_modules(package.__path__):
        if each.name.startswith("_") or each.name in ("base", "types", "json", "named_types", "operators"):
            continue
        answered = dialect("%s+%s" % (name, each.name))
        if answered and "error" not in answered:
            found.append(answered)
    return found



def extras(name):
    """The optional requirements of an installed distribution, as its metadata lists them."""
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return None

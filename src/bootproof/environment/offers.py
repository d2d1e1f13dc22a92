"""Which distributions could be installed to provide a module: tried and verified, never guessed alone."""

import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bootproof.environment import cache as shelf_of
from bootproof.environment.cache import FRESH, LockTimeout
from bootproof.environment.contents import provides
from bootproof.environment.distributions import records
from bootproof.environment.failure import failure_of
from bootproof.environment.installer import Deadline, index_settings, run_uv, variables
from bootproof.environment.interpreter import running
from bootproof.model.environment import Environment

_FORM = "4"
_AT_ONCE = 3
_MOST = 8
_SERIES = 5  # series that are looked into where a module is gone from the newest one

# Names worth trying where they look nothing like the module. No answer by itself: each is verified.
_WORTH_TRYING: Mapping[str, tuple[str, ...]] = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "cgi": ("legacy-cgi",),
    "cv2": ("opencv-python-headless", "opencv-python"),
    "Crypto": ("pycryptodome",),
    "dateutil": ("python-dateutil",),
    "distutils": ("setuptools",),
    "decouple": ("python-decouple",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv",),
    "fitz": ("pymupdf",),
    "github": ("pygithub",),
    "google.protobuf": ("protobuf",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "ldap": ("python-ldap",),
    "magic": ("python-magic",),
    "markdown": ("markdown",),
    "multipart": ("python-multipart",),
    "MySQLdb": ("mysqlclient",),
    "nacl": ("pynacl",),
    "OpenSSL": ("pyopenssl",),
    "PIL": ("pillow",),
    "pkg_resources": ("setuptools",),
    "psycopg2": ("psycopg2-binary",),
    "python_multipart": ("python-multipart",),
    "pythonjsonlogger": ("python-json-logger",),
    "serial": ("pyserial",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify",),
    "socketio": ("python-socketio",),
    "telegram": ("python-telegram-bot",),
    "usb": ("pyusb",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}


def offers(
    module: str,
    names: Iterable[str] = (),
    *,
    hints: Iterable[str] = (),
    environment: Environment | None = None,
    cache: Path | None = None,
    note: Callable[[str], None] = lambda line: None,
    timeout: float = 60,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = time.time,
) -> tuple[str, ...]:
    """Distributions of the configured index whose own file list holds `module`, normalised, best first.

    Where `names` are given they must stand in the module's source. `hints` are distribution names that
    somebody wrote down (an error message, a README, a lock file); they come first. A hint with a version
    specifier asks for that one alone: whether a release within it provides the module. Where only older releases of
    a known name do, it is given with the specifier that asks for them. Nothing of a candidate is
    run, and nothing is built: wheels alone are looked into. Empty where nothing could be verified; `note` is
    told why where that is for want of an index or of time (`timeout`, in seconds). Raises OSError where the
    cache cannot be written.
    """
    environ = os.environ if environ is None else environ
    wanted = tuple(sorted(set(names)))
    known, guessed = candidates(module, tuple(hints), environment)
    python = environment.python if environment is not None else running().python
    version = environment.version if environment is not None else running().version
    key = shelf_of.digest(
        *[_FORM, version, str(python), module, "|", *wanted, "|", *known, "|", *guessed, "|"],
        *index_settings(environ),
    )
    shelf = shelf_of.cache_folder(cache, environ) / "offers"
    kept = shelf_of.find(shelf, key, clock=clock)
    if kept is not None and kept.age < FRESH and isinstance(told := kept.noted.get("offers"), list):
        return tuple(str(each) for each in told)
    look = _Look(module, wanted, python, variables(environ), Deadline.after(timeout), timeout)
    found: tuple[str, ...] = ()
    for batch in (known, guessed):
        found = look.verified(batch)
        if found:
            break
    if not found and not look.hindered:
        # a module that newer releases have dropped: `pkg_resources` of setuptools
        for back in range(_SERIES):
            older = [f"{name}<{look.majors[name] - back}" for name in known if look.majors.get(name, 0) > back]
            found = found or look.verified(older)
    if look.hindered:
        note(f"who provides `{module}` could not be looked up: {look.hindered}")
    else:
        # Two that ask the same at once answer the same: whoever waits too long need not keep it.
        with (
            contextlib.suppress(LockTimeout),
            shelf_of.locked(shelf, key, seconds=timeout, waiting=lambda: None),
        ):
            folder = shelf_of.new_folder(shelf, key, clock=clock)
            shelf_of.complete(folder, {"offers": list(found)})
    return found


def candidates(
    module: str, hints: tuple[str, ...], environment: Environment | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names worth trying, normalised: those that somebody wrote down, and variants of the import name."""
    asked = tuple(hint for hint in hints if _is_requirement(hint))
    if asked:
        return asked, ()
    top = module.split(".")[0]
    written = [*hints, *_extras(top, environment)]
    for dotted in (module, top):
        written += _WORTH_TRYING.get(dotted, ())
    variants = [module] if module != top else []
    if top in sys.stdlib_module_names:  # one that newer Pythons have dropped
        variants.append(f"standard-{top}")
    variants += [top, f"python-{top}", f"py{top}", f"{top}-python", f"{top}py"]
    known = _normalised(written)
    return known[:_MOST], tuple(each for each in _normalised(variants) if each not in known)[:_MOST]


def _is_requirement(hint: str) -> bool:
    """Whether a hint names versions: `starlette<1`, and no other text."""
    try:
        parsed = Requirement(hint)
    except InvalidRequirement:
        return False
    return bool(parsed.specifier) and parsed.url is None


def _normalised(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        # A hint may be any text: what is not a name (PEP 508) never reaches a command line.
        plain = re.split(r"[\[<>=!~;@\s]", name.strip().replace(".", "-"), maxsplit=1)[0]
        if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?", plain):
            found.setdefault(str(canonicalize_name(plain)), None)
    return tuple(found)


def _extras(top: str, environment: Environment | None) -> list[str]:
    """What extras of the installed distributions ask for, where the name resembles the module's."""
    found = []
    wanted = _plain(top)
    for record in [each for site in (environment.site if environment else ()) for each in records(site)]:
        try:
            text = (record / "METADATA").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in re.findall(r"(?m)^Requires-Dist:\s*(.+)$", text.split("\n\n", 1)[0]):
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            if "extra" in str(requirement.marker or "") and _plain(requirement.name) == wanted:
                found.append(requirement.name)
    return found


def _plain(name: str) -> str:
    """A name without what distributions put around a module's: `python-multipart` is like `multipart`."""
    words = [word for word in re.split(r"[-_.]", name.lower()) if word not in ("python", "py", "binary")]
    joined = "".join(words)
    return joined[2:] if joined.startswith("py") and len(joined) > 4 else joined


class _Look:
    """One question to the index; `hindered` says what kept it from an answer."""

    def __init__(
        self,
        module: str,
        names: Sequence[str],
        python: Path,
        environ: dict[str, str],
        deadline: Deadline,
        seconds: float,
    ) -> None:
        self.module = module
        self.names = names
        self.python = python
        self.environ = environ
        self.deadline = deadline
        self.seconds = seconds
        self.hindered = ""
        self.majors: dict[str, int] = {}  # of the releases that were looked into

    def verified(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the distributions that provide the module, in the given order."""
        if not names:
            return ()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(self._provides, names))
        return tuple(name for name, answer in zip(names, answers, strict=True) if answer)

    def _provides(self, name: str) -> bool:
        with tempfile.TemporaryDirectory(prefix="bootproof-") as scratch:
            target = Path(scratch).resolve() / "site"
            ran = run_uv(
                [
                    *("pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"),
                    *("--python", self.python, "--target", target, name),
                ],
                directory=Path(scratch),
                environ=self.environ,
                deadline=self.deadline,
            )
            if not ran.well:
                failure = failure_of(ran, paths={}, seconds=self.seconds)
                if failure.kind in ("network", "timeout"):
                    self.hindered = failure.explanation.splitlines()[0]
                return False
            for record in records(target):
                told = re.fullmatch(r"(.+)-(\d+)(?:[.!].*)?\.dist-info", record.name)
                if told is not None:
                    self.majors.setdefault(str(canonicalize_name(told[1])), int(told[2]))
            return provides(target, self.module, self.names, plainly=_is_requirement(name))

"""Parsing Python, one text at a time.

CPython keeps the depth of the tree that it is building for the whole interpreter: two threads that parse at once can
end with `SystemError: AST constructor recursion depth mismatch` (https://github.com/python/cpython/issues/106905 is the
same counter). Proof trials are diagnosed side by side, so every parse of ours goes through here.
"""

import ast
import threading
from typing import Literal, overload

_one_at_a_time = threading.Lock()


@overload
def parse(source: str | bytes, mode: Literal["exec"] = "exec") -> ast.Module: ...
@overload
def parse(source: str | bytes, mode: Literal["eval"]) -> ast.Expression: ...
def parse(source: str | bytes, mode: Literal["exec", "eval"] = "exec") -> ast.Module | ast.Expression:
    """The tree, as `ast.parse` gives it. Raises what that raises: SyntaxError, ValueError, RecursionError, MemoryError."""
    with _one_at_a_time:
        return ast.parse(source, mode="eval") if mode == "eval" else ast.parse(source)

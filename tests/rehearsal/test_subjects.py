"""What the agent tells of a failed call and of a missing attribute, as data."""

import functools
import types
from collections.abc import Callable
from typing import Any

import pytest

from bootproof.rehearsal.agent import subjects


class Gate:
    def __init__(self, app: object, *, wide_open: bool = False) -> None:
        self.app, self.wide_open = app, wide_open

    def enter(self, who: str) -> None: ...


class Narrow(Gate):
    def __init__(self, app: object, **more: Any) -> None:
        super().__init__(app, **more)


def handed_on(maker: Callable[..., object], *args: object, **more: object) -> object:
    return maker(*args, **more)


def told(call: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises((TypeError, AttributeError)) as caught:
        call()
    return dict(subjects.of(caught.value))


def test_a_refused_keyword_is_told_with_what_would_be_accepted() -> None:
    found = told(lambda: Gate(object(), wide_opn=True))  # type: ignore[call-arg]  # the fault that is told
    assert found["callee"] == f"{__name__}:Gate"
    assert found["accepts"] == ["app", "wide_open"]
    assert found["passed"] == ["wide_opn"]
    assert found["positional"] == 1


@pytest.mark.parametrize("maker", [Narrow, functools.partial(Narrow, object()), functools.partial(handed_on, Gate)])
def test_the_callable_that_refused_is_told_and_not_the_one_that_hands_on(maker: Callable[..., object]) -> None:
    given = () if isinstance(maker, functools.partial) and maker.func is Narrow else (object(),)
    found = told(lambda: maker(*given, wide_opn=True))
    assert found["passed"] == ["wide_opn"]
    assert found["callee"] in (f"{__name__}:Gate", f"{__name__}:Gate.__init__")


def test_a_call_over_several_lines_is_found() -> None:
    gate = Gate(object())
    # fmt: off
    found = told(
        lambda: (
            gate
            .enter(
                who=str(len("x")),
                when=1,  # type: ignore[call-arg]  # the fault that is told
            )
        )
    )
    # fmt: on
    assert found["callee"] == f"{__name__}:Gate.enter"
    assert found["passed"] == ["who", "when"]


def test_what_a_library_raises_in_its_own_words_has_no_callee() -> None:
    def strict(**more: object) -> None:
        raise TypeError(f"Invalid argument(s) {', '.join(more)}")

    assert "callee" not in told(lambda: strict(size=1))


def test_a_missing_attribute_is_told_with_its_owner_and_near_names() -> None:
    found = told(lambda: Gate(object()).Wide_Opn)  # type: ignore[attr-defined]  # the fault that is told
    assert (found["owner"], found["owner_kind"]) == (f"{__name__}:Gate", "instance")
    assert found["owner_bases"] == [f"{__name__}.Gate"]
    assert found["near"] == ["wide_open"]


def test_classes_and_modules_are_told_apart() -> None:
    assert told(lambda: Gate.enterr)["owner_kind"] == "class"  # type: ignore[attr-defined]  # the fault that is told
    module = types.ModuleType("shop")
    found = told(lambda: module.router)
    assert (found["owner"], found["owner_kind"]) == ("shop:", "module")


def test_objects_that_break_when_they_are_looked_at_break_nothing() -> None:
    class Wild:
        def __getattr__(self, name: str) -> object:
            raise AttributeError(name)

        def __dir__(self) -> list[str]:
            raise RuntimeError("not now")

    assert told(lambda: Wild().calm) == {"subject_unreadable": "RuntimeError"}


def test_before_python_3_10_the_message_tells_the_module() -> None:
    old = Exception("module 'json' has no attribute 'dump_all'")  # an AttributeError had no `name` and no `obj` then
    found = subjects.of_attribute(old)
    assert {key: found[key] for key in ("name", "owner", "owner_kind")} == {"name": "dump_all", "owner": "json:", "owner_kind": "module"}
    assert "dump" in found["near"]
    assert subjects.of_attribute(Exception("module 'not.there' has no attribute 'x'")) == {}
    assert subjects.of_attribute(Exception("'Hall' object has no attribute 'x'")) == {}

"""Which zygote a trial is forked from: the nearest that fits, one grown out of it, or a new one."""

import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from bootproof.model.environment import Environment
from bootproof.rehearsal.company import Company
from bootproof.rehearsal.errors import RehearsalError
from bootproof.rehearsal.zygote import Zygote

WORTH_GROWING = 12  # modules that each trial would import by itself, from which on a zygote is grown that has them


class Zygotes:
    """State: the zygotes of one audit, and what trials told of the modules that they imported by themselves."""

    def __init__(
        self,
        *,
        isolation: str,
        scratch: Path,
        variables: Mapping[str, str],
        company: Company | None = None,
        reserved: frozenset[str] = frozenset(),
    ) -> None:
        """Starts nothing. `variables`: the environment in which third-party modules are imported. With a company the
        first of a kind is grown out of the company's. `reserved`: top-level names of the project's own modules, which
        no zygote may have loaded from elsewhere.
        """
        self._isolation = isolation
        self._scratch = scratch
        self._variables = dict(variables)
        self._company = company
        self._reserved = reserved
        self.all: list[Zygote] = []
        self._growing = threading.Lock()
        self._asked_for: dict[frozenset[Path], int] = {}  # how many trials wanted these layers
        self._learning = threading.Lock()
        self._learned: dict[str, None] = {}  # modules that trials imported by themselves, in their order
        self.modules: tuple[str, ...] = ()
        self._late: tuple[str, ...] = ()
        self._closed = False

    def open(self, environment: Environment, modules: tuple[str, ...], late: tuple[str, ...]) -> None:
        """Starts the first one: it imports `modules`; `late` are imported by those that are grown once a layer brings them."""
        self.modules, self._late = modules, late
        self.zygote(environment, ())

    def learn(self, modules: Iterable[str]) -> None:
        """Takes note of modules that a trial had to import by itself. Does not wait for a zygote that is being grown."""
        with self._learning:
            self._learned.update(dict.fromkeys(modules))

    def zygote(
        self, environment: Environment, layers: tuple[Path, ...], added: frozenset[str] = frozenset(), *, grow: bool = True
    ) -> Zygote:
        """A zygote for trials with these layers; one is grown out of the nearest that fits, a new one where none does.

        `added`: top-level import names that the layers bring. Raises RehearsalError.
        """
        with self._growing:
            base = self._nearest(environment, layers, added)
            if base is None or (set(base.layers) == set(layers) and not base.is_ready):
                return base or self._first(environment, layers)
            same = set(base.layers) == set(layers)
            if not grow:
                return base
            asked = self._asked_for.get(frozenset(layers), 0) + 1
            self._asked_for[frozenset(layers)] = asked
            more = self._more(base, environment, added)
            if (same and len(more) < WORTH_GROWING) or (not same and asked == 1):
                return base  # what only one trial needs it imports by itself
            return self._made(environment, layers, more, base)

    def close(self) -> None:
        """Ends them and whatever they still have running; the company's stay."""
        with self._growing:
            self._closed = True
            for each in self.all:
                each.close()

    def _nearest(self, environment: Environment, layers: tuple[Path, ...], added: frozenset[str]) -> Zygote | None:
        fitting = [each for each in self.all if each.serves(environment, layers, added)]
        return max(fitting, key=lambda each: (len(each.layers), len(each.tried)), default=None)

    def _more(self, base: Zygote, environment: Environment, added: frozenset[str]) -> tuple[str, ...]:
        """Modules that trials of this kind would import by themselves: left out before, or learned from trials."""
        tops = {module for each in environment.distributions for module in each.modules} | added
        failed = [name for name, why in base.left_out.items() if why == "failed"] if added else []
        with self._learning:
            known = tuple(self._learned)
        learned = [name for name in known if name not in base.tried and name.partition(".")[0] in tops]
        late = [name for name in self._late if name.partition(".")[0] in added and name not in base.tried]
        return tuple(dict.fromkeys((*late, *failed, *learned)))

    def _first(self, environment: Environment, layers: tuple[Path, ...]) -> Zygote:
        company = self._company
        tops = {module for each in environment.distributions for module in each.modules}
        shares = not self._reserved & (tops | sys.stdlib_module_names)
        base = company.zygote(environment, layers, self.modules, self._isolation) if company and shares else None
        return self._made(environment, layers, self.modules, base)

    def _made(
        self, environment: Environment, layers: tuple[Path, ...], modules: tuple[str, ...], base: Zygote | None
    ) -> Zygote:
        if self._closed:
            raise RehearsalError("The audit was ended")
        made = Zygote(
            environment,
            layers,
            modules,
            isolation=self._isolation,
            scratch=self._scratch,
            base=base,
            variables=self._variables,
            reserved=self._reserved,
        )
        self.all.append(made)
        return made

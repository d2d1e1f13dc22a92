# Everything that a contributor runs. `just check` is exactly what CI runs.

python := ".venv/bin/python"

# this list
default:
    @just --list

# a virtual environment with everything, from the locked versions
setup:
    python3 -m venv .venv
    {{python}} -m pip install --quiet --require-hashes -r requirements/dev.txt
    {{python}} -m pip install --quiet --no-deps --editable .

# format, lint, types, layers, tests
check: lint types layers test

# ruff
lint:
    {{python}} -m ruff check src tests benchmarks docs

# mypy, strict
types:
    {{python}} -m mypy

# the layer contract
layers:
    .venv/bin/lint-imports

# all tests
test:
    {{python}} -m pytest -n 2 --dist worksteal

# further near misses, spellings and places of what the tests hold once (a quarter of an hour)
slow:
    {{python}} -m pytest -n 2 -m slow

# lock the dependencies with hashes
lock:
    {{python}} -m uv pip compile -q --generate-hashes --universal --python-version 3.11 --custom-compile-command "just lock" pyproject.toml -o requirements/run.txt
    {{python}} -m uv pip compile -q --generate-hashes --universal --python-version 3.11 --custom-compile-command "just lock" --extra server --extra telemetry pyproject.toml -o requirements/server.txt
    {{python}} -m uv pip compile -q --generate-hashes --universal --python-version 3.11 --custom-compile-command "just lock" --group dev --extra server --extra telemetry pyproject.toml -o requirements/dev.txt

# the speed of an audit, as ratios (an idle machine, please)
bench:
    {{python}} benchmarks/speed.py

# what a user would run instead, on the reference case (an idle machine, please)
peers:
    {{python}} benchmarks/peers.py

# a page for each rule, in build/rules
pages:
    {{python}} docs/generate.py build/rules

# the picture in the README, from a real audit
picture:
    {{python}} docs/picture.py

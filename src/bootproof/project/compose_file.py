"""One compose file: services with their build, command, environment, ports, and what must have run before."""

import posixpath
import re
from collections.abc import Iterator

import yaml

from bootproof.project.compose import Service
from bootproof.project.containers import Assigned, Spoken
from bootproof.project.sources import Sources


def read(sources: Sources, file: str) -> Iterator[Service]:
    """The services of one file; one that is no YAML is remembered as unreadable."""
    text = sources.decoded(file)
    if text is None:
        return
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        sources.refuse(file, f"is not YAML: {error.problem}", line)
        return
    except yaml.YAMLError as error:
        sources.refuse(file, f"is not YAML: {str(error).splitlines()[0]}", None)
        return
    if not isinstance(root, yaml.MappingNode):
        return
    for key, node in _pairs(root):
        if key.value == "services" and isinstance(node, yaml.MappingNode):
            for name, body in _pairs(node):
                if isinstance(body, yaml.MappingNode):
                    yield _service(file, text, name, body)


def _service(file: str, text: str, name: yaml.ScalarNode, body: yaml.MappingNode) -> Service:
    base = file.rpartition("/")[0] or "."

    def place(path: str) -> str:
        return posixpath.normpath(posixpath.join(base, path))

    service = Service(name.value, file, name.start_mark.line + 1)
    for key, node in _pairs(body):
        match key.value:
            case "build":
                parts = _strings(node) if isinstance(node, yaml.MappingNode) else {"context": _text(node)}
                service.context = place(parts.get("context") or ".")
                service.arguments = _arguments(node)
                named = parts.get("dockerfile")
                service.dockerfile = posixpath.normpath(
                    posixpath.join(service.context, named or "Dockerfile")
                )
            case "command":
                service.command = _spoken(node)
            case "entrypoint":
                service.entrypoint = _spoken(node)
            case "working_dir":
                service.directory = _text(node)
            case "environment":
                service.assigned = list(_environment(node, text))
            case "env_file":
                nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
                for each in nodes:
                    path = (
                        _strings(each).get("path", "") if isinstance(each, yaml.MappingNode) else _text(each)
                    )
                    if path:
                        service.env_files.append(place(path))
            case "ports" | "expose":
                service.port = service.port or _port(node)
            case "volumes" if isinstance(node, yaml.SequenceNode):
                for each in node.value:
                    source, _, target = _text(each).partition(":")
                    if source.startswith((".", "/")) and target:
                        service.volumes.append((place(source), target.partition(":")[0]))
            case "depends_on" if isinstance(node, yaml.MappingNode):
                for other, how in _pairs(node):
                    if isinstance(how, yaml.MappingNode):
                        condition = _strings(how).get("condition")
                        if condition == "service_completed_successfully":
                            service.after.append(other.value)
    return service


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Key and value nodes, merge keys (`<<`) followed; a mapping's own keys come after the merged ones."""
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag == "tag:yaml.org,2002:merge":
            for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(merged, yaml.MappingNode):
                    yield from _pairs(merged)
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            yield key, value


def _environment(node: yaml.Node, text: str) -> Iterator[Assigned]:
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            if isinstance(value, yaml.ScalarNode) and value.value != "":
                yield _assigned(key.value, value, 0, text)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            name, equals, _ = _text(item).partition("=")
            if equals and isinstance(item, yaml.ScalarNode):
                yield _assigned(name, item, len(name) + 1, text)


def _arguments(build: yaml.Node) -> frozenset[str]:
    """The names of a build's `args`."""
    given = [value for key, value in _pairs(build) if key.value == "args"] if isinstance(build, yaml.MappingNode) else []
    return frozenset(
        name
        for node in given
        for name in (
            [key.value for key, _ in _pairs(node)]
            if isinstance(node, yaml.MappingNode)
            else [_text(item).partition("=")[0] for item in node.value]
        )
    )


def _assigned(key: str, node: yaml.ScalarNode, skip: int, text: str) -> Assigned:
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in ("'", '"'):
        start, end = start + 1, end - 1
    elif node.style in ("|", ">"):
        start = text.find("\n", start) + 1
    else:
        end = start + len(text[start:end].rstrip())
    start = min(start + skip, end)
    return Assigned(key, node.value[skip:], text.count("\n", 0, start) + 1, start, end)


def _strings(node: yaml.Node) -> dict[str, str]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value.value for key, value in _pairs(node) if isinstance(value, yaml.ScalarNode)}


def _text(node: yaml.Node) -> str:
    return node.value if isinstance(node, yaml.ScalarNode) else ""


def _spoken(node: yaml.Node) -> Spoken | None:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Spoken(tuple(_text(each) for each in node.value), "", line)
    return Spoken(None, _text(node), line) if _text(node) else None


def _port(node: yaml.Node) -> int | None:
    for each in node.value if isinstance(node, yaml.SequenceNode) else []:
        target = _strings(each).get("target", "") if isinstance(each, yaml.MappingNode) else _text(each)
        number = re.sub(r"\$\{\w+:?-?(\d*)\}", r"\1", target).partition("/")[0].rpartition(":")[2]
        if number.isdigit():
            return int(number)
    return None

"""A plan's YAML file, read into plain data: safely, within bounds, and no key twice."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from microlift.errors import PlanError
from microlift.plan.quoting import listed

MOST_BYTES = 250_000  # thirty actions with all their comments take some twenty thousand
MOST_VALUES = 100_000
MOST_DIGITS = 400  # of a number: longer ones take long to read and mean nothing
# Where a tag does not fit its value, PyYAML lets these through.
_OF_PYTHON = (ArithmeticError, AttributeError, LookupError, TypeError)
_UNREADABLE = (yaml.YAMLError, OSError, RecursionError, ValueError, *_OF_PYTHON)


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets the last of two equal keys win; a plan refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        repeated = sorted(key for key, count in written.items() if count > 1)
        if repeated:
            raise PlanError(
                f"got the key {listed(repeated)} more than once in the mapping that starts on "
                f"line {node.start_mark.line + 1:,}, of which only one could count. Keep one"
            )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, what: str = "Plan") -> Any:
    """Read the one document of a YAML file, or say why it cannot be read.

    Parameters
    ----------
    path
        The file.
    what
        What it holds, as the first word of a message.
    """
    name = repr(str(path))
    if not path.exists():
        why = (
            "measure by. Mend the path, or write a plan"
            if what == "Plan"
            else "read. Mend the path"
        )
        raise PlanError(f"{what} file {name} does not exist, so there is nothing to {why}.")
    try:
        return _load(path)
    except PlanError as error:
        raise PlanError(f"{what} file {name}: {error}.") from None
    except _UNREADABLE as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1:,}" if mark else ""
        raise PlanError(
            f"{what} file {name} cannot be read as YAML{where}: {_problem(error)}. Mend the file; "
            "text with a colon, a hash or a leading sign stands in quotes."
        ) from None


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "brackets or dashes stand in one another too deep"
    if isinstance(error, _OF_PYTHON):
        return "a tag (!!...) stands before a value that it does not fit"
    return str(getattr(error, "problem", None) or error)[:300]


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PlanError(
            f"got more than {MOST_BYTES:,} bytes, far more than anybody writes, so it is "
            "something else. Name the right file"
        )
    loader = _UniqueKeys(content.decode("utf-8-sig"))
    try:
        document = loader.get_single_node()
        if document is None:
            return None
        _weigh(document, {}, set())
        return loader.construct_document(document)
    finally:
        loader.dispose()


def _weigh(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """Count the values of a document as its aliases unfold: few lines can make billions."""
    if id(node) in known:
        return known[id(node)]
    if id(node) in above:
        raise PlanError(
            f"got a part that holds itself, on line {node.start_mark.line + 1:,}, which has no "
            "end. Write it out"
        )
    if node.tag.endswith((":int", ":float")) and len(node.value) > MOST_DIGITS:
        raise PlanError(
            f"got a number of {len(node.value):,} digits on line {node.start_mark.line + 1:,}, "
            "which stands for nothing that can be counted. Put it in quotes if it is text"
        )
    above.add(id(node))
    members = node.value if isinstance(node, yaml.CollectionNode) else ()
    pairs = isinstance(node, yaml.MappingNode)
    nodes = [each for pair in members for each in pair] if pairs else members
    weight = 1 + sum(_weigh(each, known, above) for each in nodes)
    if weight > MOST_VALUES:
        raise PlanError(
            f"got more than {MOST_VALUES:,} values in the part that starts on line "
            f"{node.start_mark.line + 1:,}, counted with what its aliases repeat: no plan needs "
            "that many. Write out what is meant"
        )
    above.remove(id(node))
    known[id(node)] = weight
    return weight

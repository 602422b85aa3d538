"""A plan's YAML file, read into plain data: safely, and no key twice."""

from pathlib import Path
from typing import Any

import yaml

from microlift.errors import PlanError
from microlift.plan.quoting import listed


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets the last of two equal keys win; a plan refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        repeated = sorted({key for key in written if written.count(key) > 1})
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
        return yaml.load(path.read_text(encoding="utf-8-sig"), _UniqueKeys)
    except PlanError as error:
        raise PlanError(f"{what} file {name}: {error}.") from None
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1:,}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise PlanError(
            f"{what} file {name} cannot be read as YAML{where}: {problem}. Mend the file; text "
            "with a colon, a hash or a leading sign stands in quotes."
        ) from None

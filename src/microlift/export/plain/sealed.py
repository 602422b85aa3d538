"""A weights.json judged as a file: whole, unchanged, and of a schema that is known."""

from microlift.errors import WeightsError
from microlift.export.faults import Fault, Validator
from microlift.weights import parse_weights


def _check(content: bytes) -> list[Fault]:
    try:
        parse_weights(content.decode("utf-8"), "It")
    except UnicodeDecodeError as error:
        return [
            Fault(f"byte {error.start + 1:,}", "It is not UTF-8.", "Make the weights file again.")
        ]
    except WeightsError as error:
        what, _, mend = str(error).partition(". ")
        return [Fault("the file", f"{what}.", mend)]
    return []


WEIGHTS = Validator("weights", "microlift's weights.json", _check)

"""What is wrong with a fault that somebody asked for."""

from enum import StrEnum


class Wrong(StrEnum):
    """What is wrong; the words for it in other languages hang on this."""

    FAULT = "unknown_fault"
    PARAMETER = "unknown_parameter"
    VALUE = "bad_value"
    SYNTAX = "syntax"
    RECORD = "record"
    TOO_MANY = "too_many"


class FaultSpecError(ValueError):
    """A fault that cannot be. The message is complete: place, trouble, way out.

    Attributes:
        wrong: The kind of trouble.
        place: Where: the spec up to the trouble, a field, a file.
        found: What stands there.
        expected: What may stand there.
    """

    kind = "fault_spec"

    def __init__(self, wrong: Wrong, place: str, found: str, expected: str) -> None:
        self.wrong = wrong
        self.place = place
        self.found = found
        self.expected = expected
        super().__init__(f"{place}: {_TROUBLES[wrong].format(found)}; {expected}")


_TROUBLES = {
    Wrong.FAULT: "there is no fault {!r}",
    Wrong.PARAMETER: "there is no parameter {!r}",
    Wrong.VALUE: "{!r} will not do",
    Wrong.SYNTAX: "cannot make sense of {!r}",
    Wrong.RECORD: "not a record of faults ({})",
    Wrong.TOO_MANY: "no room for another one, there are {}",
}

"""The shape of the command tables: a name, and what each of its operations does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from at_commands.grammar import Operation, ParsedCommand
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, RefusedError, info

if TYPE_CHECKING:
    from firmware_sim.modem.device import Device

F = TypeVar("F", contravariant=True)

INCORRECT_PARAMETERS = 50


class Arguments:
    """The arguments of a set command, each taken by place and checked."""

    def __init__(self, command: ParsedCommand) -> None:
        self.values = command.arguments
        self.text = command.text

    def __len__(self) -> int:
        return len(self.values)

    def string(self, place: int, default: str | None = None) -> str:
        """Text; 50 when it is missing and has no default."""
        value = self.values[place] if place < len(self.values) else None
        if value is None:
            if default is None:
                raise CmeRefusedError(INCORRECT_PARAMETERS)
            return default
        return str(value)

    def number(self, place: int, default: int | None = None, *, allowed: range | None = None) -> int:
        """A number; 50 when it is missing, none, or not allowed."""
        text = self.string(place, None if default is None else str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        if allowed is not None and int(text) not in allowed:
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        return int(text)


@dataclass(frozen=True, slots=True)
class Command(Generic[F]):
    """What the operations of one extended command do; those left out are refused.

    Tables of them belong to a feature's class and not to its objects: each handler takes the feature, so that a
    thousand modems share them.

    Attributes:
        test: What stands behind ``+NAME: `` in the answer of ``=?`` (``""`` answers ``OK`` only), or what
            does it.
    """

    test: str | Callable[[F], Outcome] | None = None
    read: Callable[[F], Outcome] | None = None
    set: Callable[[F, Arguments], Outcome] | None = None
    execute: Callable[[F], Outcome] | None = None

    def run(self, feature: F, command: ParsedCommand) -> Outcome:
        """Carry it out; refused when it has no such operation."""
        match command.operation:
            case Operation.TEST if self.test is not None:
                if not isinstance(self.test, str):
                    return self.test(feature)
                return info(f"{command.name}: {self.test}") if self.test else info()
            case Operation.READ if self.read is not None:
                return self.read(feature)
            case Operation.SET if self.set is not None:
                return self.set(feature, Arguments(command))
            case Operation.EXECUTE if self.execute is not None:
                return self.execute(feature)
        raise RefusedError


Table: TypeAlias = Mapping[str, Command[F]]


class OnDevice(Protocol):
    """A feature that knows its modem."""

    @property
    def device(self) -> "Device": ...


def remembered(name: str, value: str = "0", test: str = "") -> Command[OnDevice]:
    """A setting that is taken and read back but changes nothing in the emulation."""

    def read(feature: OnDevice) -> Outcome:
        return info(f"{name}: {feature.device.remembered.get(name, value)}")

    def keep(feature: OnDevice, arguments: Arguments) -> Outcome:
        feature.device.remembered[name] = arguments.text
        return info()

    return Command(test=test, read=read, set=keep)

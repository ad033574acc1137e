"""What the gateway asks of any controller, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from provisioning.controller_profile import Value
from provisioning.messages import Reading


class ControllerError(Exception):
    """Base of all errors of a controller driver.

    `kind` is a stable machine name; `retryable`: waiting may mend it.
    """

    kind: ClassVar[str] = "controller"
    retryable: ClassVar[bool] = True
    retry_after_s: float | None = None
    """When the driver will try again at the earliest, from now; None: whenever it is asked."""


class ControllerUrlError(ControllerError, ValueError):
    """A URL that cannot be right. `ru`: the same for a person who reads Russian."""

    kind = "controller_url"
    retryable = False

    def __init__(self, en: str, ru: str | None = None) -> None:
        super().__init__(en)
        self.ru: Final = ru or en


class ControllerUnreachableError(ControllerError):
    """The port cannot be opened or nothing listens there."""

    kind = "controller_unreachable"


class ControllerForeignError(ControllerUnreachableError):
    """Something else than a controller answers there."""

    kind = "controller_foreign"


class ControllerSilentError(ControllerError):
    """The line is open but the controller does not answer: wrong unit, wrong speed, no power, a cut wire."""

    kind = "controller_silent"


class ControllerLoginError(ControllerError):
    """The controller does not accept the user and password."""

    kind = "controller_login"
    retryable = False


class ControllerRefusedError(ControllerError):
    """The controller answered with a refusal.

    `code` is the Modbus exception code (Application Protocol V1.1b3, clause 7) or a ZONT controller's `cmdres`.
    """

    kind = "controller_refused"
    retryable = False

    def __init__(self, action: str, code: int) -> None:
        super().__init__(f"the controller refused to {action}: code {code}")
        self.code: Final = code


class ControllerDataError(ControllerError):
    """The controller answered with something that its profile cannot read."""

    kind = "controller_data"


class ControllerMismatchError(ControllerError):
    """Another model than the profile is for."""

    kind = "controller_mismatch"
    retryable = False


class SetpointRefusedError(ControllerError, ValueError):
    """A setpoint that the controller does not have or that is out of its limits; nothing was written.

    `ru`: the same for a person who reads Russian.
    """

    kind = "setpoint_refused"
    retryable = False

    def __init__(self, en: str, ru: str | None = None) -> None:
        super().__init__(en)
        self.ru: Final = ru or en


class SetpointNotConfirmedError(ControllerError):
    """A setpoint was written but something else is shown, which is `shown`; None: nothing can be read."""

    kind = "setpoint_not_confirmed"

    def __init__(self, text: str, shown: Value = None) -> None:
        super().__init__(text)
        self.shown: Final = shown


@dataclass(frozen=True, slots=True)
class ControllerIdentity:
    """Who the controller says it is."""

    serial: str
    model: str
    firmware: str


class ControllerDriver(Protocol):
    """A heating controller. All methods but `notify` raise ControllerError; none waits without a limit."""

    def notify(self, changed: Callable[[], None]) -> None:
        """Call `changed` when the controller tells of a change that is worth a report at once, or when it has gone.

        A controller that speaks only when it is asked never calls it.
        """
        ...

    async def open(self) -> None:
        """Open the line. Opening an open one is no error."""
        ...

    async def close(self) -> None:
        """Close the line. Closing a closed one is no error."""
        ...

    async def identify(self) -> ControllerIdentity:
        """Ask who it is; raises ControllerMismatchError for a model that the driver's profile is not for."""
        ...

    async def read(self) -> list[Reading]:
        """Read everything; a value that could not be read has quality "bad" and no value."""
        ...

    async def write(self, name: str, value: Value) -> Value:
        """Change a setpoint; returns what the controller then reads back, in the setpoint's unit."""
        ...

    def title(self, name: str) -> str:
        """What people call a reading, once it has been read; empty: nothing is known."""
        ...

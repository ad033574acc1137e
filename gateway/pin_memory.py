"""May this PIN be tried on this card? The answer must hold across restarts and power cuts.

Theory. A wrong PIN is remembered per ICCID and never tried again. It is remembered *before* it is tried, so
that a program killed in between cannot try it twice. Beside it stands how many tries the card had then: if
the card still has as many later, the try never reached it and the PIN may be tried after all.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

# Below this number of tries left nobody but a person with the card in hand should try.
MIN_TRIES_LEFT: Final = 2


class PinRefusal(StrEnum):
    """Why a PIN was not accepted, or not even tried."""

    WRONG = "wrong"
    FAILED_BEFORE = "failed_before"
    LAST_TRY = "last_try"
    TRIES_UNKNOWN = "tries_unknown"
    PUK = "puk"


class FailedPins(Protocol):
    """Where PINs that failed are remembered: DeviceStore, or VolatilePins where there is no store."""

    async def pin_failed(self, iccid: str, pin: str) -> bool: ...
    async def remember_failed_pin(self, iccid: str, pin: str) -> None: ...
    async def forget_failed_pins(self, iccid: str) -> None: ...
    async def load_value(self, name: str) -> str | None: ...
    async def save_value(self, name: str, value: str) -> None: ...


class VolatilePins:
    """Remembers for as long as the program runs."""

    def __init__(self) -> None:
        self._failed: dict[str, set[str]] = {}
        self._values: dict[str, str] = {}

    async def pin_failed(self, iccid: str, pin: str) -> bool:
        return pin in self._failed.get(iccid, ())

    async def remember_failed_pin(self, iccid: str, pin: str) -> None:
        self._failed.setdefault(iccid, set()).add(pin)

    async def forget_failed_pins(self, iccid: str) -> None:
        self._failed.pop(iccid, None)

    async def load_value(self, name: str) -> str | None:
        return self._values.get(name)

    async def save_value(self, name: str, value: str) -> None:
        self._values[name] = value


class PinMemory:
    """The policy for one card. All methods raise StoreError."""

    def __init__(self, pins: FailedPins, iccid: str) -> None:
        self._pins = pins
        self._iccid = iccid
        self._under_way = f"pin.{iccid}"[:64]

    async def objection(self, pin: str, tries_left: int | None) -> PinRefusal | None:
        """Why `pin` must not be tried now; None: go on."""
        tries_then = await self._pins.load_value(self._under_way)
        if tries_then and tries_then == str(tries_left):
            # The try that was under way never reached the card.
            tries_then = ""
        elif await self._pins.pin_failed(self._iccid, pin):
            return PinRefusal.FAILED_BEFORE
        if tries_left is None and tries_then:
            return PinRefusal.TRIES_UNKNOWN
        if tries_left is not None and tries_left < MIN_TRIES_LEFT:
            return PinRefusal.LAST_TRY
        return None

    async def trying(self, pin: str, tries_left: int | None) -> None:
        """Call before the PIN goes to the card."""
        await self._pins.remember_failed_pin(self._iccid, pin)
        await self._pins.save_value(self._under_way, str(tries_left) if tries_left is not None else "unknown")

    async def refused(self) -> None:
        """The card said no: the PIN stays remembered, and the number of tries then is of no use any more."""
        await self._pins.save_value(self._under_way, "refused")

    async def accepted(self) -> None:
        """The card is open: all bets are open again."""
        await self._pins.forget_failed_pins(self._iccid)
        await self._pins.save_value(self._under_way, "")

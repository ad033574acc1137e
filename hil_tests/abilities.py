"""What a test may ask of the modem under test, and the gate that skips it where that is missing.

A test names abilities, never a kind of modem:

    @needs("operator", "radio")
    async def test_denial_sticks(tg_modem: BenchModem) -> None: ...

Whether the modem has an ability is found out when `tg_modem` is set up: some follow from the command line,
some from what the modem answers. A missing ability skips the test and says why; it never passes it.
"""

from enum import StrEnum

import pytest


class Ability(StrEnum):
    """The abilities by name; the text after each says what a test that needs it does."""

    OPERATOR = "operator"  # tells the operator to change the state of the SIM
    FAR_SIDE = "far_side"  # makes the network or the SIM holder act: signal, incoming SMS, SIM pulled
    SIM_CARD = "sim_card"  # reads a SIM card that is in place and unlocked
    RADIO = "radio"  # switches the radio off and on: network signalling
    REGISTERED = "registered"  # counts on the modem being registered when the test begins
    USSD = "ussd"  # sends a USSD code: network signalling
    DATA = "data"  # opens a data session: costs traffic, binds an unmounted kit SIM to this modem
    SOCKETS = "sockets"  # the modem's own TCP stack reaches the broker of the bench


MARKER = "tg_needs"


def needs(*abilities: str) -> pytest.MarkDecorator:
    """Mark a test which uses `tg_modem` with the abilities it cannot do without.

    Raises:
        ValueError: if a name is not one of `Ability`.
    """
    mark: pytest.MarkDecorator = getattr(pytest.mark, MARKER)
    return mark(*(Ability(name) for name in abilities))


def needed_by(node: pytest.Item) -> tuple[Ability, ...]:
    """Give the abilities which the marks on `node`, its class and its module ask for, each once."""
    names = (Ability(name) for mark in node.iter_markers(MARKER) for name in mark.args)
    return tuple(dict.fromkeys(names))

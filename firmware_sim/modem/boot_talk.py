"""What a family says of its own accord when it starts and when it goes.

    started ─► card ─► ready lines, one after another

Programs wait for some of these lines and read a restart from them, so each family has its own row.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BootTalk:
    """The row of a family; the defaults are the SIM800's.

    Attributes:
        started: Said at once when it hears commands.
        card: Said of a card that has started; ``{}`` is its state as ``+CPIN?`` has it. ``None``: nothing.
        behind_card: Said behind that or ``no_card``.
        no_card: Said of an empty slot.
        ready: Said one after another once the card may be read.
        messages_with: The line of ``ready`` from which on messages can be had.
        hidden_by_autobauding: ``started`` and what is said of the card wait for nobody to hear them: with ``+IPR=0``
            they are not said.
        goodbye: The last word of a modem that switches itself off when asked to; ``None``: it just goes.
    """

    started: tuple[str, ...] = ("RDY", "+CFUN: 1")
    card: str | None = "+CPIN: {}"
    behind_card: tuple[str, ...] = ()
    no_card: str | None = "+CPIN: NOT INSERTED"
    ready: tuple[str, ...] = ("Call Ready", "SMS Ready")
    messages_with: str = "SMS Ready"
    hidden_by_autobauding: bool = True
    goodbye: str | None = "NORMAL POWER DOWN"


SIM800_TALK = BootTalk()

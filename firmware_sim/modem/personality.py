"""The shape of a product: what it says about itself, and what only it can do."""

from collections.abc import Callable
from dataclasses import dataclass

from at_commands.ussd import UssdEncoding
from firmware_sim.modem.boot_talk import SIM800_TALK, BootTalk
from firmware_sim.modem.feature import Feature
from firmware_sim.modem.mux_offer import STANDARD_OFFER, MuxOffer
from firmware_sim.modem.parts import Parts


@dataclass(frozen=True)
class Personality:
    """Texts, limits and commands of one product. The products are in ``families``.

    Attributes:
        revision: ``+CGMR``, the whole line.
        information: ``ATI``; ``{imei}`` is the modem's.
        boot: What it says when it starts and goes.
        registration_modes: The highest ``n`` of ``+CREG`` and its kin; 3 adds the reject cause.
        access_technology: ``AcT`` of ``+CREG`` and ``+COPS`` (3GPP TS 27.007, 7.2); ``None``: it reports none.
        default_cmee: ``+CMEE`` after power-up and ``ATZ``.
        default_dtr: ``&D`` after power-up and ``ATZ``.
        multiplexer: What ``+CMUX`` offers.
        unknown_command_cme: What an unknown command gives with ``+CMEE`` on; ``None`` is a plain ``ERROR``.
        features: Makers of the features that come on top of the standard's. A command that they share with a
            standard one replaces it.
        without: Commands of the standard that this product has not.
        uicc: It speaks to a card as to a UICC with a USIM; others as to a SIM.
        under_voltage: What it says when its supply gets low, and when it goes off for that.
        ussd_encoding: Shape of the network's answers in ``+CUSD`` where their text is in the GSM alphabet; other text
            is UCS2. The default is what the standard says (3GPP TS 27.007, 7.15), as text in the character set of
            ``+CSCS``.
    """

    manufacturer: str
    model: str
    revision: str
    information: tuple[str, ...]
    unknown_command_cme: int | None
    boot: BootTalk = SIM800_TALK
    registration_modes: int = 2
    access_technology: int | None = None
    default_cmee: int = 0
    default_dtr: int = 1
    multiplexer: MuxOffer = STANDARD_OFFER
    features: tuple[Callable[[Parts], Feature], ...] = ()
    without: frozenset[str] = frozenset()
    uicc: bool = False
    under_voltage: tuple[str, str] = ("", "")
    ussd_encoding: UssdEncoding = UssdEncoding.GSM7_PLAIN

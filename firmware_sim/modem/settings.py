"""What an emulated modem is made of and how it behaves."""

from dataclasses import dataclass

from at_commands.ussd import UssdEncoding
from firmware_sim.modem.families import PERSONALITIES

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class ModemSettings:
    """Settings of one emulated modem; fixed for its life. ValueError when they make no modem.

    Attributes:
        personality: Which product it speaks like.
        imei: Fifteen digits.
        delay: Scale of all the waiting which a real modem and network would cause; 1 is realistic, 0 answers
            at once.
        seed: For its random numbers: the same seed and the same input give the same bytes at the same times.
        allowed_hosts: Where its TCP stack may really connect. Anything else is ``CONNECT FAIL``.
        fixed_baud: Stored ``+IPR``. 0 is autobauding: a modem that says nothing of its own at boot.
        strict_baud: A client at another rate than ``+IPR`` hears and says garbage, as on a wire; else any rate will
            do.
        default_cmee: ``+CMEE`` after power-up and ATZ; ``None`` is the product's own.
        ussd_encoding: Shape of the network's answers in ``+CUSD``, a ``UssdEncoding``; ``None`` is the product's own.
        ussd_before_ok: ``+CUSD=1,…`` ends only with the network's answer, which then stands in front of the ``OK``.
        advanced_mux: ``+CMUX`` offers the advanced option; ``None`` is the product's own.
    """

    personality: str = "sim800c"
    imei: str = "866104023456786"
    delay: float = 1.0
    seed: int = 0
    allowed_hosts: tuple[str, ...] = LOOPBACK
    fixed_baud: int = 115200
    strict_baud: bool = False
    default_cmee: int | None = None
    ussd_encoding: str | None = None
    ussd_before_ok: bool = False
    advanced_mux: bool | None = None

    def __post_init__(self) -> None:
        if self.personality not in PERSONALITIES:
            raise ValueError(f"no personality {self.personality!r}; there are: {', '.join(PERSONALITIES)}")
        if self.ussd_encoding is not None and self.ussd_encoding not in tuple(UssdEncoding):
            raise ValueError(f"no USSD encoding {self.ussd_encoding!r}; there are: {', '.join(UssdEncoding)}")
        if not (len(self.imei) == 15 and self.imei.isascii() and self.imei.isdigit()):
            raise ValueError(f"IMEI {self.imei!r} is not fifteen digits")

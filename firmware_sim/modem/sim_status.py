"""What a card answers besides data: SW1 and SW2, in the words of a SIM and of a UICC.

A SIM is spoken to in class A0 (3GPP TS 51.011 9.4), a UICC in class 00 (ETSI TS 102 221 10.2.1). A card of today is
both, and answers in the words of the class in which it was asked.
"""

from enum import Enum

SUCCESS = 0x9000


class CardTrouble(Enum):
    """What went wrong: as a SIM says it, as a UICC says it."""

    NO_FILE_SELECTED = 0x9400, 0x6986
    NO_SUCH_RECORD = 0x9402, 0x6A83
    FILE_NOT_FOUND = 0x9404, 0x6A82
    WRONG_STRUCTURE = 0x9408, 0x6981
    ACCESS_DENIED = 0x9804, 0x6982
    NOT_WITH_CHV_STATUS = 0x9808, 0x6984
    CHV_BLOCKED = 0x9840, 0x6983
    WRONG_LENGTH = 0x6700, 0x6700
    BEYOND_THE_END = 0x6B00, 0x6B00
    WRONG_P1_P2 = 0x6B00, 0x6A86
    UNKNOWN_SECRET = 0x9802, 0x6A88
    WRONG_DATA = 0x6F00, 0x6A80
    NO_CHANNEL = 0x6D00, 0x6881
    UNKNOWN_INSTRUCTION = 0x6D00, 0x6D00
    UNKNOWN_CLASS = 0x6E00, 0x6E00

    def word(self, uicc: bool) -> int:
        """SW1 and SW2."""
        return self.value[uicc]


class CardRefusedError(Exception):
    """The card says no. ``word`` goes before the trouble's own, for counters and lengths that stand in it."""

    def __init__(self, trouble: CardTrouble, word: int | None = None) -> None:
        super().__init__(trouble.name)
        self.trouble = trouble
        self.status_word = word

    def word(self, uicc: bool) -> int:
        """SW1 and SW2."""
        return self.trouble.word(uicc) if self.status_word is None else self.status_word

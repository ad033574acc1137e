"""A secret of the card's holder and the one that unblocks it (3GPP TS 51.011 9.2.9-9.2.13: CHV and UNBLOCK CHV).

    tries 3 ── wrong ──► 2, 1 ── wrong ──► 0: blocked ── right UNBLOCK ──► 3, with a new secret
                                               └─ tenth wrong UNBLOCK ──► lost for good

The counters are the card's: neither power nor time refills them.
"""

from dataclasses import dataclass

TRIES = 3
UNBLOCK_TRIES = 10


@dataclass(slots=True)
class Chv:
    """CHV1 (the PIN) or CHV2 (PIN2). ``enabled`` and ``verified`` say what it guards, ``verified`` until power-down."""

    code: str
    unblock_code: str
    enabled: bool = True
    verified: bool = False
    tries: int = TRIES
    unblock_tries: int = UNBLOCK_TRIES

    @property
    def blocked(self) -> bool:
        """Only UNBLOCK helps."""
        return self.tries == 0

    @property
    def satisfied(self) -> bool:
        """What it guards is open."""
        return not self.blocked and self.unblock_tries > 0 and (self.verified or not self.enabled)

    def verify(self, code: str) -> bool:
        """False costs a try, the third one blocks. True refills the tries."""
        if self.blocked or self.unblock_tries == 0:
            return False
        if code != self.code:
            self.tries -= 1
            self.verified = self.verified and not self.blocked
            return False
        self.tries, self.verified = TRIES, True
        return True

    def unblock(self, unblock_code: str, new_code: str) -> bool:
        """False costs one of ten tries. True sets, enables and verifies the new secret."""
        if self.unblock_tries == 0:
            return False
        if unblock_code != self.unblock_code:
            self.unblock_tries -= 1
            return False
        self.tries, self.unblock_tries = TRIES, UNBLOCK_TRIES
        self.code, self.enabled, self.verified = new_code, True, True
        return True

    def change(self, old: str, new: str) -> bool:
        """As :meth:`verify` with the old one; nothing to change while it is disabled."""
        if not self.enabled or not self.verify(old):
            return False
        self.code = new
        return True

    def enable(self, on: bool, code: str) -> bool:
        """Ask for it from now on, or not any more. As :meth:`verify`."""
        if not self.verify(code):
            return False
        self.enabled = on
        return True

"""What is read from +CLCC."""

from __future__ import annotations

import pytest

from firmware_sim.controller.voice_call import ACTIVE, _stage


@pytest.mark.parametrize(
    ("lines", "stage"),
    [
        ((), None),
        (('+CLCC: 1,0,3,0,0,"+79161234567",145',), 3),
        (('+CLCC: 1,0,0,0,0,"+79161234567",145,""',), ACTIVE),
        (('+CLCC: 1,1,0,1,0,"",128',), None),  # an LTE modem's data session
        (('+CLCC: 1,1,0,1,0,"",128', '+CLCC: 2,0,2,0,0,"+79161234567",145'), 2),
        (("+CLCC: ",), None),
    ],
)
def test_the_stage_of_the_voice_call(lines, stage):
    assert _stage(lines) == stage

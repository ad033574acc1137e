"""Where the water of the boilers meets that of the circuits.

Theory of operation. All circuits together draw a stream `drawn` (as heat capacity, W/K) from one supply and send it
back on a straight line over the supply's temperature: `offset + slope · hot` for the whole stream, K·W/K. Two ways to
be supplied:

    direct      the one boiler gives exactly this stream; supply = boiler flow
    separator   a low-loss header between: the boilers' pumps move `given`, whatever the circuits move
                given ≥ drawn   the rest of the boilers' water goes straight back and lifts their return
                given < drawn   the rest of the circuits' water goes round once more and lowers their supply

The header itself stores nothing, so in both cases given · (flow - return) = drawn · (supply - circuits' return),
exactly.
"""

from __future__ import annotations


def meet_direct(drawn: float, offset: float, slope: float, flow_c: float) -> tuple[float, float]:
    """Supply of the circuits and return to the boiler, °C, without a separator."""
    return flow_c, (offset + slope * flow_c) / drawn if drawn else flow_c


def meet_in_separator(
    drawn: float, offset: float, slope: float, given: float, flow_c: float
) -> tuple[float, float]:
    """Supply of the circuits and return to the boilers, °C.

    Args:
        given: stream of all boilers, W/K.
        flow_c: its temperature; any, if nothing flows.
    """
    if given >= drawn:
        if not given:
            return flow_c, flow_c
        return flow_c, (offset + slope * flow_c + (given - drawn) * flow_c) / given
    again = (drawn - given) / drawn
    hot_c = (given * flow_c + again * offset) / (drawn - again * slope)
    return hot_c, (offset + slope * hot_c) / drawn

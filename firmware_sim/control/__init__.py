"""The hand on the bench, over HTTP: what a person would do to a simulated modem, its card and its network.

`make_app` gives the FastAPI application for some modems, `serving` serves it in the modems' own event loop. Needs the
extra `web`.
"""

from firmware_sim.control.application import make_app
from firmware_sim.control.controlled import ControlledModem
from firmware_sim.http_api.serving import serving

__all__ = ["ControlledModem", "make_app", "serving"]

"""The hand on the bench and in the house, over HTTP: what a person would do to a simulated controller and its house.

`serve_control` serves it in the controller's own event loop. Needs the extra `web`.
"""

from firmware_sim.controller.control.application import make_app, serve_control
from firmware_sim.controller.control.bench import Bench

__all__ = ["Bench", "make_app", "serve_control"]

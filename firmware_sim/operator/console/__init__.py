"""The staff's web console: find cards, look at one and its timeline, act on one or many, run the sweep.

`add_console` puts it into the operator's application. Server-rendered pages and plain forms: they work without scripts.
"""

from firmware_sim.operator.console.pages import add_console

__all__ = ["add_console"]

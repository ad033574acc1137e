"""The bench: one pytest suite for the emulated modem and for the one on the desk.

`hil_tests.plugin` is loaded by every pytest in the environment (entry point), so this package and the plugin
import nothing heavy: whatever a test needs is imported when a `tg_` fixture is first asked for.

    pytest --pyargs hil_tests.suite                             # emulated modem
    pytest --pyargs hil_tests.suite --tg-port /dev/ttyUSB0      # a modem that somebody else provides

Tests of your own use the fixtures `tg_modem`, `tg_sim_card`, `tg_broker`, `tg_gateway`, `tg_clock` and say
what they need of the modem with `@needs("operator")`; see `hil_tests.abilities` for the names.
"""

from hil_tests.abilities import Ability, needs

__all__ = ["Ability", "needs"]

"""The driver for a controller's URL, by its scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.controllers.driver import ControllerDriver, ControllerUrlError
from provisioning.clock import Clock
from provisioning.controller_profile import load_profile

ZONT: Final = ("zont://", "zonts://")


def controller_at(
    url: str,
    *,
    user: str,
    password: str,
    profile: str,
    names: Mapping[str, str] | None = None,
    clock: Clock | None = None,
) -> ControllerDriver:
    """A driver that is not open yet.

    Args:
        url: `zont://…`, `zonts://…`, `modbus+tcp://…` or `modbus+rtu://…`.
        user, password, names: of a ZONT controller, see `ZontController`.
        profile: of a Modbus controller: the name of one that comes with the package, or a TOML file.

    Raises:
        ControllerUrlError: the URL cannot be right.
        ProfileError: there is no such profile.
    """
    if "://" not in url:
        raise ControllerUrlError(
            f"{url}: zont://{url} is meant, or modbus+tcp://{url}?unit=1",
            f"{url}: нужно zont://{url} или modbus+tcp://{url}?unit=1",
        )
    if url.startswith(ZONT):
        from gateway.controllers.zont_local import ZontController

        return ZontController(url, user, password, names=names, clock=clock)
    from gateway.controllers.modbus import ModbusController

    return ModbusController(url, load_profile(profile), clock=clock)

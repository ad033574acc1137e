"""A heated zone of two capacities: the air with the furniture, quick, and the envelope, slow."""

from __future__ import annotations

from firmware_sim.plant.parameters import RoomParameters


class Room:
    """A room. `heat_w` and `lost_w` are those of the last step: into the air, and out of the house."""

    __slots__ = ("air_c", "envelope_c", "heat_w", "lost_w", "parameters")

    def __init__(self, parameters: RoomParameters, *, air_c: float = 20.0, outdoor_c: float = 0.0) -> None:
        p = self.parameters = parameters
        self.air_c = air_c
        # As it would be after a long time with this air and this weather.
        self.envelope_c = (p.air_envelope_w_k * air_c + p.envelope_outdoor_w_k * outdoor_c) / (
            p.air_envelope_w_k + p.envelope_outdoor_w_k
        )
        self.heat_w = 0.0
        self.lost_w = 0.0

    @property
    def name(self) -> str:
        """As the circuits refer to it."""
        return self.parameters.name

    @property
    def stored_j(self) -> float:
        """Heat in it, counted from 0 °C."""
        return self.air_c * self.parameters.air_j_k + self.envelope_c * self.parameters.envelope_j_k

    def step(self, dt_s: float, outdoor_c: float, heat_w: float) -> float:
        """Let `dt_s` seconds pass with `heat_w` into the air; returns what is lost to the outdoors, W."""
        p, air_c, envelope_c = self.parameters, self.air_c, self.envelope_c
        into_envelope_w = p.air_envelope_w_k * (air_c - envelope_c)
        out_of_envelope_w = p.envelope_outdoor_w_k * (envelope_c - outdoor_c)
        draught_w = p.draught_w_k * (air_c - outdoor_c)
        self.heat_w, self.lost_w = heat_w, out_of_envelope_w + draught_w
        self.air_c = air_c + dt_s / p.air_j_k * (heat_w - into_envelope_w - draught_w)
        self.envelope_c = envelope_c + dt_s / p.envelope_j_k * (into_envelope_w - out_of_envelope_w)
        return self.lost_w

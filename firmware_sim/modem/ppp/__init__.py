"""The network's end of a dial-up packet call: PPP in user space, without I/O."""

from firmware_sim.modem.ppp.peer import PppPeer

__all__ = ["PppPeer"]

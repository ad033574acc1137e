"""The mobile operator and the vendor's service, emulated: books, rules, and what the network makes of them.

In: orders of subscribers, administrators, the vendor's users and the staff; usage that the network reports; time. Out:
changed books, provisioned cards, service messages. The invariant: a refused order changes nothing, and money only goes
from one purse to another.
"""

from firmware_sim.operator.books import Books, Draft
from firmware_sim.operator.callers import OPERATOR, Caller
from firmware_sim.operator.operator import Operator
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.store import NoStore, OperatorStoreError, SqlStore

__all__ = [
    "OPERATOR",
    "Books",
    "Caller",
    "Draft",
    "NoStore",
    "Operator",
    "OperatorStoreError",
    "RefusedError",
    "SqlStore",
]

"""Writes tables as whole files; lists of cards by the ending of their name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from gateway.cli.frame import MistakeError

if TYPE_CHECKING:
    from provisioning.sim_inventory import InventoryCard


Delimiter: TypeAlias = Literal[",", ";"]


def check_name(path: Path, option: str) -> None:
    """Raises MistakeError: the ending is none that can be written."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise MistakeError(
            option, en=f"{path} ends neither with .csv nor .xlsx", ru=f"{path}: нужно .csv или .xlsx"
        )


def write_cards(
    path: Path, cards: Sequence[InventoryCard], *, russian: bool, delimiter: Literal[",", ";"] = ","
) -> None:
    """Write the table, whole or not at all. Raises OSError."""
    from provisioning.sim_inventory import export_csv, export_xlsx

    if path.suffix.lower() == ".xlsx":
        data = export_xlsx(cards, russian=russian)
    else:
        data = export_csv(cards, delimiter=delimiter, russian=russian)
    write_whole(path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it finds the old or the new one, never a part. Raises OSError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

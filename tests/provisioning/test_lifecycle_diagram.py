"""The page in docs/ is the table."""

from __future__ import annotations

from pathlib import Path

from provisioning.lifecycle_diagram import page


def test_the_committed_page_is_up_to_date() -> None:
    committed = Path(__file__).parents[2] / "docs" / "commissioning-states.md"
    assert committed.read_text(encoding="utf-8") == page(), (
        "run: python -m provisioning.lifecycle_diagram > docs/…"
    )

"""The example of docs/operator-accounts.md is what it says: typed, and an account."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from provisioning.operator_account import (
    Capability,
    CardState,
    NotOfferedError,
    OperatorAccount,
    OperatorRefusedError,
)
from provisioning.records import parse_iccid

ROOT = Path(__file__).parents[2]
ICCID = parse_iccid("8970101000000000004")


@pytest.fixture
def example() -> str:
    [code] = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs/operator-accounts.md").read_text("utf-8"), re.DOTALL
    )
    return str(code)


async def test_it_is_an_account(example: str) -> None:
    names: dict[str, type] = {"__name__": "example"}
    exec(example, names)

    def operator(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(409, text="not paid")
        return httpx.Response(200, json={"iccid": ICCID, "status": "inventory"})

    async with httpx.AsyncClient(
        transport=httpx.MockTransport(operator), base_url="http://operator"
    ) as client:
        account: OperatorAccount = names["MyOperator"](client)
        assert account.capabilities == {Capability.CARD, Capability.PAUSE}
        assert (await account.card(ICCID)).state is CardState.IN_STOCK
        with pytest.raises(OperatorRefusedError, match="not paid"):
            await account.pause(ICCID)
        with pytest.raises(NotOfferedError, match="My operator"):
            await account.block(ICCID)


@pytest.mark.timeout(120)
def test_it_is_typed(example: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(example, "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path),
        str(tmp_path / "example.py"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

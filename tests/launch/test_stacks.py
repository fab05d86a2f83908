"""The stacks that other tests drive come up, and the sandbox forgets its faults between tests."""

import httpx
import pytest

from tests.support import stacks


@pytest.mark.parametrize("run", [1, 2])
def test_the_sandbox_behaves_again_after_each_test(sandbox: stacks.Sandbox, run: int) -> None:
    assert sandbox.get("mail") == []
    actor, faults = next(iter(sandbox.get("faults")["possible"].items()))
    assert sandbox.get("faults")["due"] == []
    sandbox.fault(actor, next(iter(faults)))
    assert len(sandbox.get("faults")["due"]) == 1


def test_the_stack_is_ready(stack: stacks.Stack) -> None:
    assert httpx.get(f"{stack.addresses.portal}/health/ready").status_code == 200
    assert httpx.get(f"{stack.addresses.portal}/").status_code == 200
    assert httpx.get(f"{stack.addresses.sandbox}/").status_code == 200

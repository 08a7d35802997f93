"""Which test modules take part in `make test`, and which only in `make test-heavy`."""

from __future__ import annotations

import pytest

# these build several warehouses of their own, or wait for a fit of another library
HEAVY_MODULES = {
    "test_action_effects_on_real_data",
    "test_bi_tools",
    "test_customer_value",
    "test_customer_value_on_real_data",
    "test_ecom_example",
    "test_funnels",
    "test_identity",
    "test_incremental_touchpoints",
    "test_personal_markers",
    "test_privacy",
    "test_profile",
    "test_small_inputs",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of a heavy module."""
    for item in items:
        if item.path.stem in HEAVY_MODULES:
            item.add_marker(pytest.mark.heavy)

"""What `make look-back` counts, on two hand-made warehouses of ten people."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from scripts import look_back

AS_OF, UNTIL = "2025-03-01", "2025-07-01"


@pytest.fixture
def comparison(tmp_path: Path) -> look_back.Comparison:
    """Ten people; k1 to k4 order after the day, k4 late; k1 is told likeliest. k9 and k10 are one person later."""
    past, present = tmp_path / "past.duckdb", tmp_path / "present.duckdb"
    with duckdb.connect(str(past)) as connection:
        connection.execute(f"""
            create schema staging; create schema marts; create schema reference;
            create table staging.stg_commerce__as_of as
                select date '{AS_OF}' as as_of, timestamp '{AS_OF}' - interval 8 hours as as_of_at;
            create table marts.customer_accounts as
                select 'a' || i as account_key, 'web' as source_system, 'w' || i as account_id, 'k' || i as customer_id
                from range(1, 11) as people(i);
            create table reference.prediction_targets as
                select * from (values ('purchase_90d', 'purchase', 90), ('purchase_365d', 'purchase', 365),
                    ('subscription_upgrade', 'subscription_upgrade', 90), ('subscription_churn', 'subscription_churn', 90))
                as targets(target, target_kind, horizon_days);
            create table marts.customer_propensities as
                select 'k' || i as customer_id, target, 1e0 - i / 11e0 as probability, 'logistic' as model_used, true as is_trustworthy
                from range(1, 11) as people(i), (values ('purchase_90d'), ('purchase_365d')) as targets(target)
                union all
                select 'k' || i, target, 0.5, 'base_rate', false
                from range(1, 5) as people(i), (values ('subscription_upgrade'), ('subscription_churn')) as targets(target);
            create table marts.customer_clv as
                select 'k' || i as customer_id, 0.5e0 as expected_orders_30d, 0.5e0 as expected_orders_90d, 1e0 as expected_orders_365d
                from range(1, 11) as people(i);
            create table marts.order_lines as
                select 'k' || i as customer_id, 'p1' as product_id, 'c' as subcategory, 'c' as category, false as is_balancing_line
                from range(1, 4) as people(i);
            create table marts.customer_recommendations as
                select 'k' || i as customer_id, 'product' as item_type, 'new_to_you' as answer, 1 as rank,
                    case when i = 1 then 'p2' else 'p9' end as item
                from range(1, 4) as people(i);
        """)  # fmt: skip
    with duckdb.connect(str(present)) as connection:
        connection.execute(f"""
            create schema staging; create schema marts;
            create table staging.stg_commerce__as_of as select date '{UNTIL}' as as_of;
            create table staging.stg_commerce__subscriptions as
                select 'web' as source_system, * from (values
                    -- k1 moves up and stays; k2 ends; k3 moves up on the first day after the horizon, local time; k4 ends late, k5 has begun after the day
                    ('w1', 1, true, timestamp '2025-01-01', timestamp '2025-03-11'), ('w1', 2, true, timestamp '2025-03-11', null),
                    ('w2', 1, true, timestamp '2025-01-01', timestamp '2025-03-11'),
                    ('w3', 1, true, timestamp '2025-01-01', null), ('w3', 2, true, timestamp '2025-05-29 20:00', null),
                    ('w4', 2, true, timestamp '2025-01-01', timestamp '2025-06-15'),
                    ('w5', 2, true, timestamp '2025-03-02', timestamp '2025-03-15')
                ) as plans(account_id, plan_rank, is_paid, started_at, ended_at);
            create table marts.orders as
                select 'o' || i as order_id, 'a' || i as account_key, 1 as customer_order_number, 'completed' as status, 'web' as channel,
                    date '{AS_OF}' + cast(case when i = 4 then 100 else i end as int) as ordered_on
                from range(1, 5) as people(i)
                union all select 'twice', 'a1', 2, 'completed', 'web', date '{AS_OF}' + 1
                union all select 'cancelled', 'a9', null, 'cancelled', 'web', date '{AS_OF}' + 1
                union all select 'before', 'a5', 1, 'completed', 'web', date '{AS_OF}' - 1;
            create table marts.order_lines as
                select 'o' || i as order_id, case when i = 3 then 'p1' else 'p2' end as product_id, 'c' as subcategory, 'c' as category,
                    1 as quantity, false as is_balancing_line
                from range(1, 5) as people(i);
        """)  # fmt: skip
    return look_back.Comparison(past, present, "product")


def table(printed: str, title: str) -> list[list[str]]:
    """The rows of one printed table."""
    lines = printed.split(f"### {title}\n")[1].split("###")[0].strip().splitlines()
    rows = [line for line in lines[2:] if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_propensities_beside_what_came(comparison: look_back.Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    """k1 to k3 came within 90 days and stand first: a perfect order. A cancelled order and one before the day do not count."""
    look_back.propensities(comparison)
    printed = capsys.readouterr().out
    row, *plans = table(printed, "Propensities")
    # of four people with a plan one moves up and another one leaves
    assert [(plan[0], plan[3], plan[4], plan[5]) for plan in plans] == [
        ("subscription_churn", "4", "2", "1"), ("subscription_upgrade", "4", "2", "1"),
    ]  # fmt: skip
    assert row[:4] == ["purchase_90d", "logistic", "yes", "10"]
    assert row[4:8] == ["5", "3", "1.000", "3.33"]
    assert "purchase_365d (its horizon is not over)" in printed
    calibration = table(printed, "Calibration")[0]
    assert calibration[1] == "0.909 / 1.000"
    assert calibration[10] == "0.091 / 0.000"


def test_order_days_beside_what_came(comparison: look_back.Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    """Two orders of k1 on one day are one day with an order, which is what the model foretells."""
    look_back.orders(comparison)
    month, quarter = table(capsys.readouterr().out, "Order days of the purchase model")
    assert month == ["30 days", "10", "5", "3", "1.67"]
    assert quarter == ["90 days", "10", "5", "3", "1.67"]


@pytest.mark.parametrize("keeps", [False, True])
def test_what_was_built_is_deleted_unless_kept(
    comparison: look_back.Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps: bool
) -> None:
    """Both warehouses hold personal data; --keep is a choice."""
    monkeypatch.setattr(look_back, "WORK", tmp_path)
    monkeypatch.setattr(look_back, "warehouses", lambda options: comparison)
    monkeypatch.setattr(look_back, "PARTS", {})
    assert look_back.main(["--keep"] if keeps else []) == 0
    assert [file.name for file in sorted(tmp_path.glob("*.duckdb*"))] == (["past.duckdb", "present.duckdb"] if keeps else [])


def test_recommendations_beside_what_was_bought(comparison: look_back.Comparison, capsys: pytest.CaptureFixture[str]) -> None:
    """k1 and k2 bought p2, which is new to them; p2 was shown to k1 alone. What k3 bought was no news."""
    look_back.recommendations(comparison)
    new, again = table(capsys.readouterr().out, "Recommendations of products")
    assert new == ["new_to_you", "2", "50 %", "0 %", "2"]
    assert again[:2] == ["buy_again", "0"]


def test_a_share_outside_of_the_time_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is built; one line says why."""
    assert look_back.main(["--share", "1.5"]) == 2
    assert "between 0 and 1" in capsys.readouterr().err

"""Simulated raw data with the truth behind them; see docs/simulated-data.md."""

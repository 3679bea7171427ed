"""The whole system in simulated time; see docs/reliability.md."""

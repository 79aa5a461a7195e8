"""Benchmarks: what `make bench` and `make results` measure; nothing here is asserted."""

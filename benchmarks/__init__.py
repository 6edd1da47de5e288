"""Measurements of speed and memory; `python -m benchmarks`, which `make bench` runs, prints them as a table."""

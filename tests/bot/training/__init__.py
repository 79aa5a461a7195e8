"""Tests of what trains and exports the reader."""

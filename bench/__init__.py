"""Measurements, each a ratio against a floor of the same run, on fresh databases. Not part of the product."""

"""Tests of the endpoint as users hold it: fixtures and `reseal serve`."""

"""Adapters that ship with reseal: they map names, and never repair a result."""

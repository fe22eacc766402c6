"""Many releases against one contract."""

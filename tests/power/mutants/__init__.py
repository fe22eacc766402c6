"""Mutants of the reference, and whether the conformance suite alone tells them from the original.

``python -m tests.power.mutants`` runs them; nothing in ``tests/reference`` has a part in it.
"""

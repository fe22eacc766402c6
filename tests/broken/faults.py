"""Implementations that are right but for one fault, by the requirement that must find it."""

from . import (
    faults_access_tokens,
    faults_alone,
    faults_answers_and_cookies,
    faults_circumstances,
    faults_conditions,
    faults_deliveries,
    faults_errors,
    faults_histories,
    faults_in_circumstances,
    faults_kept,
    faults_keys,
    faults_memory,
    faults_requests,
    faults_seals,
    faults_second_looks,
    faults_sessions,
    faults_tokens,
)
from .registry import FAULTS

__all__ = [
    "FAULTS",
    "faults_access_tokens",
    "faults_alone",
    "faults_answers_and_cookies",
    "faults_circumstances",
    "faults_conditions",
    "faults_deliveries",
    "faults_errors",
    "faults_histories",
    "faults_in_circumstances",
    "faults_kept",
    "faults_keys",
    "faults_memory",
    "faults_requests",
    "faults_seals",
    "faults_second_looks",
    "faults_sessions",
    "faults_tokens",
]

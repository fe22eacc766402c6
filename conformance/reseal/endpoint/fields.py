"""The fields of an authenticate request, and what the endpoint has against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from .wire import HttpRequest

_REQUIRED = ("client_id", "grant_type", "refresh_token")
_OPTIONAL = ("client_secret", "organization_id")
MISMATCH = "the refresh token is that of another client id"


def read_fields(request: HttpRequest) -> tuple[dict[str, Any], list[str]]:
    """The fields of a JSON or form body, or what is wrong with it."""
    content_type = request.header("content-type").partition(";")[0].strip().lower()
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode("utf-8", "replace"))), []
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}, ["the body is not JSON"]
    if not isinstance(value, dict):
        return {}, ["the body is not a JSON object"]
    if content_type != "application/json":
        return value, [f"content-type is {content_type or 'missing'}, not application/json"]
    # A null stands for an absent field in many JSON libraries.
    return {name: field for name, field in value.items() if field is not None}, []


def wrong_with(fields: Mapping[str, Any]) -> list[str]:
    """What is missing, no string, or another grant; in words."""
    problems = [f"{name} is missing" for name in _REQUIRED if not fields.get(name)]
    problems += [
        f"{name} is {type(value).__name__}, not a string"
        for name, value in fields.items()
        if name in (*_REQUIRED, *_OPTIONAL) and not isinstance(value, str)
    ]
    if not problems and fields["grant_type"] != "refresh_token":
        problems.append("grant_type is not refresh_token")
    return problems

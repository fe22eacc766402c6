"""From a matrix to the text of a page.

Whatever an SDK said is hostile input.  It is only ever text: Jinja2 escapes what stands in the markup,
the data is JSON without a character that could end its element, the script sets text and never markup,
and a content security policy allows the page's own script and style by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
import json
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from ..matrix.values import Cell, Matrix
from . import words
from .data import page_data

# In the order in which each needs those before it: an inline module cannot import a file.
_MODULES = ("logic.js", "dom.js", "verdicts.js", "table.js", "evidence.js", "views.js", "page.js")
_STYLES = ("colours.css", "page.css", "table.css", "panel.css", "media.css")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def to_html(matrix: Matrix) -> str:
    """The page of ``matrix``, as the text of a file in UTF-8."""
    script, style = _script(), "\n".join(_asset(name) for name in _STYLES)
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=PackageLoader("reseal.page", "assets"),
    )
    html = environment.get_template("page.html").render(
        title=words.title(matrix),
        conclusions=words.conclusions(matrix),
        groups=words.groups(matrix),
        contract=matrix.contract,
        reseal=matrix.reseal,
        seed=matrix.seed,
        started=matrix.started,
        policy=_policy(script, style),
        style=Markup(style),  # noqa: S704 - a file of this package
        script=Markup(script),  # noqa: S704 - files of this package
        data=Markup(_embedded(page_data(matrix))),  # noqa: S704 - see there
    )
    # A target string can hold half a character, which UTF-8 cannot.
    return html.encode("utf-8", "replace").decode()


def of_one(report: Mapping[str, Any], *, started: str) -> Matrix:
    """The matrix that has the JSON report of one target alone; ``started`` is an ISO date."""
    target = report["target"]
    cell = Cell(
        spec=target["spec"],
        package=target["name"],
        version=target["version"],
        operation=None,
        seconds=report["duration_s"],
        report=report,
    )
    return Matrix(report["contract"], report["reseal"], report["seed"], started, (cell,))


def _asset(name: str) -> str:
    return (importlib.resources.files(__package__) / "assets" / name).read_text("utf-8")


def _script() -> str:
    """The modules as one."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _asset(name))) for name in _MODULES)


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _embedded(data: Any) -> str:
    """JSON that can stand in a script element, whatever its strings hold: all is ASCII, and no tag opens."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")

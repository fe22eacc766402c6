"""The colours of the page, by the formulas of WCAG 2.2."""

from __future__ import annotations

import importlib.resources
import re

import pytest

CSS = (importlib.resources.files("reseal.page") / "assets" / "colours.css").read_text("utf-8")
PAIRS = ("pass", "fail", "known", "fixed", "idle", "unrun", "error", "none")
LIGHT, DARK = 0, 1


def colours(scheme: int) -> dict[str, str]:
    """The colours of a scheme, by name; short ones as six digits."""
    block = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[scheme]
    found = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6});", block))
    return {name: code if len(code) == 6 else "".join(c * 2 for c in code) for name, code in found.items()}


def luminance(code: str) -> float:
    parts = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((f"{name}-ink", name) for name in PAIRS),
        ("ink", "ground"),
        ("ink", "raised"),
        ("quiet", "ground"),
        ("quiet", "raised"),
        ("link", "ground"),
    ],
)
def test_text_can_be_read(ink: str, ground: str, scheme: int) -> None:
    """Text has the contrast of level AA, 4.5 to 1, in both schemes."""
    found = colours(scheme)

    assert contrast(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_pass_and_fail_differ_in_lightness(scheme: int) -> None:
    """Who sees no hues still tells a pass from a fail, 3 to 1."""
    found = colours(scheme)

    assert contrast(found["pass"], found["fail"]) >= 3

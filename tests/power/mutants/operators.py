"""Mutations that cosmic-ray lacks: most of what goes wrong in a reference is left out, not miscounted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

_FALSY = ("None", "False")

Rewrite = tuple[Any, str]
"""The part of a node that changes, and what the whole node becomes."""


def replace_string(node: Any) -> Iterator[Rewrite]:
    """``"text"`` → ``"XXtext"``; docstrings are not touched."""
    if node.type == "fstring_string":
        yield node, f"XX{node.value}"
    if node.type == "string" and node.parent.type not in ("simple_stmt", "file_input"):
        start = min(i for i in (node.value.find('"'), node.value.find("'")) if i >= 0) + 1
        yield node, f"{node.value[:start]}XX{node.value[start:]}"


def drop_argument(node: Any) -> Iterator[Rewrite]:
    """``f(a, k=b)`` → ``f(None, k=b)``, ``f(a)``."""
    if node.type == "arglist":
        parts = node.children[::2]
        for i, part in enumerate(parts):
            yield part, ", ".join(_codes(parts[:i]) + _without(part) + _codes(parts[i + 1 :]))
    elif node.type == "trailer" and node.children[0].value == "(" and len(node.children) == 3:
        part = node.children[1]
        if part.type != "arglist":
            yield part, f"({''.join(_without(part))})"


def drop_statement(node: Any) -> Iterator[Rewrite]:
    """A raise, a call, a yield or an assignment to an item → ``pass``."""
    if node.parent is None or node.parent.type != "simple_stmt" or _is_at_top(node):
        return
    is_call = node.type == "atom_expr" or (node.type == "expr_stmt" and node.children[0].type == "atom_expr")
    if is_call or node.type in ("raise_stmt", "yield_expr"):
        yield node, "pass"


def return_none(node: Any) -> Iterator[Rewrite]:
    """``return x`` → ``return None``, but for a False, which is as good."""
    if node.type == "return_stmt" and len(node.children) == 2 and _code(node.children[1]) not in _FALSY:
        yield node, "return None"


def drop_operand(node: Any) -> Iterator[Rewrite]:
    """``a and b`` → ``a``, ``b``; ``a if c else b`` → ``a``, ``b``."""
    if node.type in ("and_test", "or_test"):
        parts = node.children[::2]
        word = f" {node.children[1].value} "
        for i, part in enumerate(parts):
            # In parentheses, because what is left of two lines must still be one expression.
            yield part, f"({word.join(_codes(parts[:i] + parts[i + 1 :]))})"
    if node.type == "ternary":
        yield node.children[4], f"({_code(node.children[0])})"
        yield node.children[0], f"({_code(node.children[4])})"


def negate(node: Any) -> Iterator[Rewrite]:
    """``if c`` → ``if not (c)``; cosmic-ray's own forgets the parentheses."""
    at = {"if_stmt": 1, "while_stmt": 1, "comp_if": 1, "ternary": 2}.get(node.type)
    if at is None:
        return
    before, condition, after = node.children[:at], node.children[at], node.children[at + 1 :]
    text = "".join(str(child.get_code()) for child in after)
    yield condition, f"{' '.join(_codes(before))} not ({_code(condition)}){text}"


def drop_element(node: Any) -> Iterator[Rewrite]:
    """``(a, b)`` → ``(b,)``, ``(a,)``; sets, lists and dicts likewise."""
    if node.type not in ("testlist_comp", "dictorsetmaker") or node.parent.parent.type == "except_clause":
        return
    if any(child.type in ("sync_comp_for", "comp_for") for child in node.children):
        return
    items = _items(node.children)
    for i, item in enumerate(items):
        left = [" ".join(_codes(other)) for other in items[:i] + items[i + 1 :]]
        yield item[0], ", ".join(left) + ("," if left else "")


def drop_exception(node: Any) -> Iterator[Rewrite]:
    """``except (A, B)`` → ``except (B,)``; cosmic-ray's own breaks down over ``except a.B``."""
    if node.type != "except_clause":
        return
    caught = node.children[1]
    is_tuple = caught.type == "atom"
    parts = caught.children[1].children[::2] if is_tuple else [caught]
    rest = "".join(f" {code}" for code in _codes(node.children[2:]))
    for i, part in enumerate(parts):
        left = "".join(f"{code}, " for code in _codes(parts[:i] + parts[i + 1 :]))
        yield part, f"except ({left}){rest}"


def negate_membership(node: Any) -> Iterator[Rewrite]:
    """``in`` ↔ ``not in``."""
    if node.type == "comparison" and len(node.children) == 3:
        left, word, right = _codes(node.children)
        other = {"in": "not in", "not in": "in"}.get(word)
        if other is not None:
            yield node.children[1], f"{left} {other} {right}"


def _items(children: list[Any]) -> list[list[Any]]:
    items: list[list[Any]] = [[]]
    for child in children:
        if child.type == "operator" and child.value == ",":
            items.append([])
        else:
            items[-1].append(child)
    return [item for item in items if item]


def _without(argument: Any) -> list[str]:
    # A keyword has a default to fall back on; a place that is left out would shift the others.
    is_named = argument.type == "argument" and argument.children[0].type == "name"
    is_keyword = is_named and _code(argument.children[1]) == "="
    return [] if is_keyword or _code(argument).startswith("*") else ["None"]


def _is_at_top(node: Any) -> bool:
    return node.parent.parent.type == "file_input"


def _code(node: Any) -> str:
    return str(node.get_code(include_prefix=False)).strip()


def _codes(nodes: list[Any]) -> list[str]:
    return [_code(node) for node in nodes]


OWN: Mapping[str, Callable[[Any], Iterator[Rewrite]]] = {
    "DropArgument": drop_argument,
    "DropElement": drop_element,
    "DropException": drop_exception,
    "DropOperand": drop_operand,
    "DropStatement": drop_statement,
    "Negate": negate,
    "NegateMembership": negate_membership,
    "ReplaceString": replace_string,
    "ReturnNone": return_none,
}

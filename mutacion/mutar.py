"""Mutation testing of what counts votes: one small fault at a time, to see whether a quick test notices.

Each mutant is a copy of the package with one node of one module changed; a forked child runs that module's
tests against it. A mutant that no test notices survives; docs/explicacion/mutacion.md explains every one.

    python mutacion/mutar.py [MODULE…]   writes build/mutacion.json; exits 1 below 85 % killed
"""

import ast
import copy
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

SRC = Path("src/pregon")
RESULT = Path("build/mutacion.json")
GOAL = 85
"""Percent killed."""
DEADLINE = 120
"""Seconds for the tests of one mutant; one that never ends is noticed too."""
_PROPERTIES = "tests/property/test_dos_motores.py"
_CONTIENDA = ("tests/unit/prep/test_contienda.py", "tests/unit/prep/test_corte_json.py", _PROPERTIES)
TARGETS = {
    "prep/porcentaje.py": ("tests/unit/prep/test_recontar.py", "tests/unit/prep/test_contar_vectores.py"),
    "prep/recontar.py": ("tests/unit/prep/test_recontar.py", _PROPERTIES),
    "prep/cuentas.py": ("tests/unit/prep/test_recontar.py", _PROPERTIES),
    "prep/totales.py": ("tests/unit/prep/test_contar_vectores.py", "tests/property/test_contar.py"),
    "prep/lugares.py": ("tests/unit/prep/test_lugares.py", *_CONTIENDA),
    "prep/contienda.py": _CONTIENDA,
    "origin/motor/contar.py": (
        "tests/unit/origin/motor/test_contar_columnas.py",
        "tests/property/test_contar.py",
        _PROPERTIES,
    ),
}
"""Module → the quick tests that should notice, the quickest first."""

# The same examples for every mutant, and no time spent on making a failure smaller.
settings.register_profile(
    "mutacion",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
)


def main(wanted: Sequence[str]) -> int:
    """Run the mutants of these modules (all, without any), print the survivors, tell the score."""
    if unknown := set(wanted) - TARGETS.keys():
        sys.exit(f"no tests are told for {', '.join(sorted(unknown))}; one of: {', '.join(TARGETS)}")
    done: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SRC, Path(folder) / "pregon", ignore=shutil.ignore_patterns("__pycache__"))
        for module, tests in TARGETS.items():
            if not wanted or module in wanted:
                done += _module(Path(folder), module, tests)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([asdict(m) for m in done], indent=2, ensure_ascii=False) + "\n")
    print(f"{_score(done)} (goal {GOAL})")
    return 0 if 100 * sum(m.killed for m in done) >= GOAL * len(done) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault, and whether a test noticed."""

    module: str
    function: str
    line: int
    change: str
    killed: bool


def _module(root: Path, module: str, tests: Sequence[str]) -> list[Mutant]:
    source = (SRC / module).read_text()
    place = root / "pregon" / module
    if not all(_passes(root, test) for test in tests):
        sys.exit(f"{module}: its tests fail without any mutant: {', '.join(tests)}")
    start, done = time.monotonic(), []
    for function, line, change, mutated in mutants(ast.parse(source)):
        place.write_text(mutated)
        killed = not all(_passes(root, test) for test in tests)
        done.append(Mutant(module=module, function=function, line=line, change=change, killed=killed))
        if not killed:
            print(f"survives: {module}:{line} {function}: {change}", flush=True)
    place.write_text(source)
    print(f"{module}: {_score(done)} in {time.monotonic() - start:.0f} s", flush=True)
    return done


def _score(done: Sequence[Mutant]) -> str:
    killed = sum(m.killed for m in done)
    return f"{killed} of {len(done)} killed, {100 * killed / len(done):.1f} %"


def _passes(root: Path, test: str) -> bool:
    """Run a file of tests in a child of this process: pytest is loaded, pregon is not, its copy is first."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return status == 0
    signal.alarm(DEADLINE)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root))
    # Loaded once for all, before pytest could rewrite it: that is what this is fast by.
    options = ["-W", "ignore:Module already imported", "-p", "no:randomly", "-p", "no:cacheprovider"]
    options += ["-q", "-x", "--hypothesis-profile=mutacion", "-m", "not full"]
    os._exit(pytest.main([*options, test]))


def mutants(tree: ast.Module) -> Iterator[tuple[str, int, str, str]]:
    """Yield (function, line, what was changed, source) for every fault that can be put into a module."""
    for i, (function, node) in enumerate(_nodes(tree)):
        for what, change in _changes(node):
            other = copy.deepcopy(tree)
            change(_nodes(other)[i][1])
            yield function, getattr(node, "lineno", 0), f"{_short(node)} {what}", ast.unparse(other)


def _nodes(tree: ast.AST, function: str = "") -> list[tuple[str, ast.AST]]:
    """Return every node that runs and counts, in order: no docstring, annotation, decorator or message."""
    nodes: list[tuple[str, ast.AST]] = [(function, tree)]
    inner = tree.name if isinstance(tree, (ast.FunctionDef, ast.ClassDef)) else function
    for name, value in ast.iter_fields(tree):
        if name in _IDLE_FIELDS and not isinstance(tree, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_idle(child):
                nodes += _nodes(child, inner)
    return nodes


_IDLE_FIELDS = {"annotation", "returns", "decorator_list", "bases", "args"}


def _is_idle(node: ast.AST) -> bool:
    doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    # `strict=` of zip only asserts, text in f-strings and errors is for people.
    strict = isinstance(node, ast.keyword) and node.arg == "strict"
    return doc or strict or isinstance(node, (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom))


_Change = Callable[[Any], None]
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def _changes(node: Any) -> Iterator[tuple[str, _Change]]:
    """Yield the faults of one node; each change is done in place, on the same node of a copy."""
    match node:
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign() if type(node.op) in _SWAPS:
            other = _SWAPS[type(node.op)]
            yield f"→ {other.__name__}", _put("op", other())
        case ast.Compare():
            for i, op in enumerate(node.ops):
                others = [*node.ops[:i], _SWAPS[type(op)](), *node.ops[i + 1 :]]
                yield f"→ {type(others[i]).__name__}", _put("ops", others)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield "→ without it", _without_operator
        case ast.If() | ast.While() | ast.IfExp():
            yield "→ condition negated", _put("test", ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension(ifs=[_, *_]):
            yield "→ without its if", _put("ifs", [])
        case ast.Constant(value=bool() as value):
            yield "→ the other", _put("value", not value)
        case ast.Constant(value=int() as value):
            yield "→ + 1", _put("value", value + 1)
        case ast.Constant(value=str() as value):
            yield "→ other text", _put("value", f"X{value}")
        case ast.Return(value=ast.expr()) if not isinstance(node.value, ast.Constant):
            yield "→ return None", _put("value", ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield "→ not called", _put("value", ast.Constant(None))
        case ast.Continue() | ast.Break():
            yield "→ pass", _put("__class__", ast.Pass)
        case ast.Slice():
            for end in ("lower", "upper"):
                if getattr(node, end) is not None:
                    yield f"→ without {end}", _put(end, None)
        case _:
            return


def _put(field: str, value: object) -> _Change:
    return lambda node: setattr(node, field, value)


def _without_operator(node: Any) -> None:
    operand = vars(node)["operand"]
    node.__class__ = operand.__class__
    vars(node).update(vars(operand))


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).partition("\n")[0].strip() if not isinstance(node, ast.comprehension) else "for"
    return text if len(text) <= 70 else text[:69] + "…"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

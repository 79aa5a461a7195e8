"""The house rules that a machine can hold: who imports whom, and what may not stand in the code."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted([*(ROOT / "index").rglob("*.py"), *(ROOT / "bot").rglob("*.py")])

# Each of these packages is known to one module, so that another can take its place there; one is known to two.
ONLY_IN = {
    "discord": "bot/discord_app.py",
    "rank_bm25": "index/lexical.py",
    "sentence_transformers": "index/encoders.py",
    "lingua": "index/detection.py",
    "trafilatura": "index/extraction.py",
    "prompt_toolkit": "bot/chat.py",
    "onnxruntime": "index/onnx_session.py",
    "transformers": "bot/transformers_reader.py",
    "pymilvus": "index/milvus_client.py",
}

# From the bottom to the top: a module imports only from floors below its own.
FLOORS = [
    {"errors", "records", "disk"},
    {"languages"},
    {"numerals"},
    {"dates"},
    {"quantities"},
    {"analysis"},
    {"sentences", "detection", "sections", "spellings"},
    {"metadata", "names"},
    {"front_matter", "extraction"},
    {"articles", "passages"},
    {"term_counts", "fusion", "onnx_session", "pieces"},
    {"quantisation"},
    {"dense"},
    {"lexical", "embedded_encoder"},
    {"encoders", "checksums", "pointer"},
    {"sentence_vectors"},
    {"manifest", "journal"},
    {"leases"},
    {"encoding", "generations", "opening", "milvus_client"},
    {"store", "history", "search_store", "milvus_schema"},
    {"milvus_terms", "milvus_texts"},
    {"scanning", "retriever", "milvus"},
    {"indexing", "milvus_generations"},
    {"milvus_writer"},
    {"shard_counts"},
    {"shards"},
    {"places"},
]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_index_never_imports_bot(path: Path) -> None:
    if path.parts[-2] == "index":
        assert not [module for module in imports(path) if module.split(".")[0] == "bot"]


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_replaceable_package_is_imported_by_one_module(package: str) -> None:
    users = [name(path) for path in MODULES if any(module.split(".")[0] == package for module in imports(path))]
    assert set(users) <= set(ONLY_IN[package].split())


def floor(module: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if module in names)


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name == "index"], ids=name)
def test_imports_within_index_run_one_way(path: Path) -> None:
    if path.stem == "__init__":
        return
    used = {parts[1] for parts in (module.split(".") for module in imports(path)) if parts[0] == "index" and parts[1:]}
    assert not [module for module in used if floor(module) >= floor(path.stem)]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_module_asserts_or_catches_everything(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Assert), f"{name(path)}:{node.lineno} asserts on input"
        if isinstance(node, ast.ExceptHandler) and name(path) not in ("bot/discord_app.py", "bot/desk.py"):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in ("everything", "Exception", "BaseException"), f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_file_opens_with_what_it_is_and_shadows_nothing(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name(path)
    assert path.stem not in ("utils", "helpers", "common", "misc")
    if path.stem != "__init__" and path.stem != "__main__":
        assert path.stem not in sys.stdlib_module_names, f"{name(path)} shadows a module of Python"


@pytest.mark.slow
@pytest.mark.parametrize("module", ["bot.cli", "bot.service", "bot.render"])
def test_importing_the_command_line_loads_nothing_heavy(module: str) -> None:
    heavy = ("torch", "transformers", "discord", "pymilvus")
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Nothing of a file is ever run, compiled, imported or opened."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import convirt_core.config

PACKAGE = Path(convirt_core.config.__file__).parent
HOSTILE = Path(__file__).parents[2] / "data" / "xl"

# An audit hook cannot be taken away again, so it lives in a process of its own. Everything is loaded
# before it starts to listen; from then on it reports whatever Python audits, which includes compile,
# exec, import, open, os.system and subprocess.Popen.
WATCHED = """
import sys, warnings
from pathlib import Path
from convirt_core.config import ConfigDocument
from convirt_core.errors import ConfigError

texts = [path.read_bytes().decode("utf-8", "replace") for path in Path(sys.argv[1]).rglob("*.c*f*")]
texts += ["x = __import__('os').system('id')", "x = '\\\\N{SNOWMAN}'", "x = [open('/etc/passwd') for y in '']"]
ConfigDocument.parse("warm = '\\\\N{SNOWMAN}'")
seen, listening = [], True
sys.addaudithook(lambda event, arguments: seen.append(event) if listening else None)
read = refused = 0
for text in texts:
    try:
        document = ConfigDocument.parse(text)
        document["added"] = ["__import__('os')"]
        document.clear()
        read += 1
    except ConfigError:
        refused += 1
listening = False
print(read, refused, sorted(set(seen) - {"builtins.id"}))  # copy.deepcopy asks for it
"""


def test_reading_and_editing_hostile_files_does_nothing_that_python_audits() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WATCHED, str(HOSTILE)], capture_output=True, text=True, timeout=60, check=True
    )
    read, refused, events = run.stdout.split(maxsplit=2)
    assert int(read) >= 30
    assert int(refused) >= 30
    assert events.strip() == "[]"


def test_the_package_imports_only_the_standard_library_the_errors_and_what_writes_a_file() -> None:
    allowed = {"convirt_core.errors", "convirt_core.atomic_file"}
    for path in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for module in modules:
                is_ours = module in allowed or module.startswith("convirt_core.config")
                assert is_ours or module.partition(".")[0] in sys.stdlib_module_names, f"{path.name}: {module}"


def test_the_package_names_nothing_that_could_run_text() -> None:
    for path in PACKAGE.glob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"eval", "exec", "compile", "__import__", "importlib"}, path.name

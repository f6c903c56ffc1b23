"""Compile the lock files anew: what `make lock` does after an *.in file or package.json was edited.

The locks carry hashes and name no host and no folder, so that they work behind any mirror.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import assets

ROOT = assets.ROOT
TOOLS = ROOT / "var" / "lock-tools"
UV = "uv==0.13.9"
OLDEST_PYTHON = "3.11"
# The second is compiled against the first, so the order matters.
NAMES = ("requirements", "requirements-dev", "requirements-assets")


def compile_python(upgrade: bool) -> None:
    """Every *.in file to its *.txt, for all systems and Python versions at once."""
    if not (TOOLS / "bin" / "uv").exists():
        venv.create(TOOLS, with_pip=True)
        subprocess.run([TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", UV], check=True)
    for name in NAMES:
        command = [TOOLS / "bin" / "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--no-emit-index-url", "--no-header", "--no-annotate", "--python-version", OLDEST_PYTHON]
        command += ["--upgrade"] if upgrade else []
        subprocess.run([*command, f"{name}.in", "-o", f"{name}.txt"], cwd=ROOT, check=True)


def compile_frontend() -> None:
    """package-lock.json from package.json, without addresses (.npmrc leaves out those of the registry)."""
    npm, env = assets.npm_command()
    subprocess.run([*npm, "install", "--package-lock-only", "--ignore-scripts"], cwd=ROOT, env=env, check=True)
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    compile_python(upgrade="--upgrade" in sys.argv)
    compile_frontend()

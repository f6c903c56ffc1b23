"""Ask for known weaknesses of the locked packages: what `make audit` does.

Exit code 1 when there are some. Where the advisory service cannot be reached nothing is known: that is said plainly
and is no failure, since it says nothing about the packages.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
WAIT_SECONDS = 120


def ask(lock: str) -> list[dict[str, Any]]:
    """The auditor's answer, one entry a package; empty when there was none."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).parent / "pip-audit"), "--disable-pip", "--require-hashes"]
        command += ["--progress-spinner", "off", "--timeout", "15", "-r", lock, "-f", "json", "-o", str(report)]
        try:
            subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, timeout=WAIT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return []
        text = report.read_text(encoding="utf-8") if report.exists() else ""
    return list(json.loads(text)["dependencies"]) if text else []


def main() -> int:
    """Both lock files; 1 when any package has a known weakness."""
    bad = False
    for lock in LOCKS:
        packages = ask(lock)
        # A package that the service does not know, as behind a mirror without advisories, was not audited.
        known = [package for package in packages if "vulns" in package]
        weak = [
            f"{package['name']} {package['version']}: {weakness['id']}, fixed in {weakness['fix_versions']}"
            for package in known
            for weakness in package["vulns"]
        ]
        print(f"{lock}: {len(weak)} known weaknesses in {len(known)} audited packages", *weak, sep="\n  ")
        if len(known) < len(packages) or not packages:
            print(f"{lock}: NOT FULLY AUDITED, the advisory service did not answer for the other packages")
        bad = bad or bool(weak)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())

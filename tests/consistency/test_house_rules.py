"""Rules of the house that a linter does not know."""

import ast
import re
from pathlib import Path

from django.apps import apps

from tests.support.sources import APPS, ROOT, project_files, python_files, relative, text_files

LONGEST_FILE = 500
LONGEST_TEMPLATE = 200
LONGEST_FUNCTION = 80
# File -> why it may be longer. Empty is how it should be.
MAY_BE_LONGER: dict[str, str] = {}


def line_count(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def test_no_file_does_everything() -> None:
    limits = {".py": LONGEST_FILE, ".js": LONGEST_FILE, ".html": LONGEST_TEMPLATE}
    longer = {
        str(relative(path)): line_count(path)
        for path in project_files()
        if path.suffix in limits and "migrations" not in path.parts and line_count(path) > limits[path.suffix]
    }
    assert {name: lines for name, lines in longer.items() if name not in MAY_BE_LONGER} == {}
    assert [name for name in MAY_BE_LONGER if name not in longer] == [], "no longer too long: take it off the list"


def test_no_function_does_everything() -> None:
    longer = [
        f"{relative(path)}:{node.lineno} {node.name} {lines}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert longer == []


def test_no_signals_of_our_own() -> None:
    """A service calls the next service. Neither the decorator nor a connected handler."""
    forbidden = re.compile(
        r"^\s*@receiver\b|django\.dispatch|(?:(?<!\.)\b|signals\.)(?:pre|post)_(?:save|delete|init)\b", re.MULTILINE
    )
    found = [
        str(relative(path))
        for path in python_files()
        if relative(path).parts[0] in APPS and forbidden.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_star_imports() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert found == []


# Forms whose words are not to be kept on the machine, or are no work to type again.
WITHOUT_DRAFT = {
    "templates/accounts/password_change.html": "passwords",
    "templates/registration/login.html": "a password",
    "templates/incubators/records/_views.html": "the name of a view",
}


def test_what_is_typed_into_a_form_is_kept_as_a_draft() -> None:
    """The page about an expired form promises it (templates/errors/403_csrf.html)."""
    typed = re.compile(
        r"form_fields\.html|components/field\.html|<textarea|<input (?!type=\"(?:hidden|checkbox|radio|file)\")"
    )
    found = [
        f"{relative(path)}: {form.splitlines()[0].strip()}"
        for path in project_files()
        if path.suffix == ".html" and str(relative(path)) not in WITHOUT_DRAFT
        for form in re.findall(r'<form method="post".*?</form>|<form class="no-print" method="post".*?</form>',
                               path.read_text(encoding="utf-8"), re.DOTALL)
        if typed.search(form) and "data-draft" not in form.splitlines()[0]
    ]  # fmt: skip
    assert found == []


def test_save_has_no_side_effects() -> None:
    """No model of ours overrides save() or delete(): what follows from a write stands in a service."""
    found = [
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for name in ("save", "delete")
        if name in vars(model)
    ]
    assert found == []


def test_migrations_are_named_by_a_person() -> None:
    automatic = [
        str(relative(path))
        for path in project_files()
        if "migrations" in path.parts and re.search(r"_auto_\d{8}", path.name)
    ]
    assert automatic == []


def test_lock_files_name_no_host() -> None:
    """They must work behind any mirror."""
    address = re.compile(r"https?://|git\+|file:|--(?:extra-)?index-url|--find-links|--trusted-host|\"resolved\"")
    names = ["requirements.txt", "requirements-dev.txt", "requirements-assets.txt", "package-lock.json", "package.json"]
    found = {name: address.findall((ROOT / name).read_text(encoding="utf-8")) for name in names}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_every_locked_package_has_a_hash() -> None:
    """Each requirement's line goes on to a line with its hash."""
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-assets.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
        assert pins, f"{name} is empty"
        assert [lines[number] for number in pins if "--hash=sha256:" not in lines[number + 1]] == []


def test_no_file_names_a_folder_of_someones_machine() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|root|Users|work|farm|tmp)/[\w.-]+")
    found = {}
    for path in text_files():
        hits = home.findall(path.read_text(encoding="utf-8", errors="replace"))
        if hits and path != Path(__file__).resolve():
            found[str(relative(path))] = hits
    assert found == {}


def test_nothing_fetched_or_generated_is_committed() -> None:
    """Front-end packages, databases and built files come from set-up, not from the repository."""
    wrong = re.compile(r"\.min\.(?:js|css)$|\.sqlite3|\.woff2?$|(?:^|/)node_modules/|\.pyc$|^var/|^\.env$")
    found = [str(relative(path)) for path in project_files() if wrong.search(str(relative(path)))]
    assert found == []

"""Who may know whom: what import-linter cannot see."""

import ast

from django.apps import apps
from django.db import models

from tests.support.sources import APPS, python_files, relative

# Top layer first; the same list as in pyproject.toml and docs/architecture.md.
LAYERS = APPS


def upward_keys(candidates: list[type[models.Model]], layers: tuple[str, ...] = LAYERS) -> list[str]:
    """Keys from a model to one of a higher layer, as "app.Model.field -> app.Model"."""
    wrong = []
    for model in candidates:
        own = model._meta.app_label
        for field in model._meta.get_fields():
            target = field.related_model if field.is_relation and not field.auto_created else None
            both = isinstance(target, type) and own in layers and target._meta.app_label in layers
            if both and layers.index(target._meta.app_label) < layers.index(own):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    return wrong


def test_keys_point_downward() -> None:
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in LAYERS]
    assert found, "no model of ours was found"
    assert upward_keys(found) == []


def test_the_walk_sees_a_key_that_points_upward() -> None:
    """With the layers turned round, the keys that exist point the wrong way."""
    assert upward_keys(list(apps.get_models()), LAYERS[::-1])


def test_no_generic_key_hides_a_direction() -> None:
    """A generic foreign key can point anywhere, which no walk can check."""
    generic = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in LAYERS
        for field in model._meta.private_fields
    ]
    assert generic == []


def test_models_and_services_know_no_screens() -> None:
    """Inside an app too the direction is fixed: rules and writes do not know pages, forms, addresses or the API."""
    screens = {"views", "urls", "api", "forms", "routes", "filters"}
    floors = {"models", "services", "selectors", "tasks"}
    wrong = []
    for path in python_files():
        inside = relative(path).with_suffix("").parts
        if inside[0] not in APPS or not floors & set(inside):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {*node.module.split("."), *(alias.name for alias in node.names)}
                if node.module.split(".")[0] in APPS[:-1] and screens & named:
                    wrong.append(f"{relative(path)}:{node.lineno} {node.module}")
    assert wrong == []

"""Views and the API touch records only through scoped reads and services."""

import ast
from pathlib import Path

from tests.architecture.test_names_resolve import sources

# Methods of managers and instances that write.
WRITES = {
    "create",
    "bulk_create",
    "update",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "delete",
    "save",
}


def front_rooms():
    for path, tree in sources():
        rooms = path.parts[1:]
        if path.parts[0] != "hubapp" and (
            rooms[0] in {"views", "api"} or rooms[0] in {"views.py", "api.py"}
        ):
            yield path, tree


def test_front_rooms_do_not_use_managers():
    used = [
        f"{path}:{node.lineno}"
        for path, tree in front_rooms()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
    ]
    assert used == []


def test_front_rooms_do_not_write():
    wrote = []
    for path, tree in front_rooms():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            called = ast.unparse(node.func)
            owner = called.rsplit(".", 1)[0]
            # Verbs of services may be called what they are; a view may call its own methods so.
            allowed = owner in {"self", "super()", "context", "params"} or owner.split(".")[
                -1
            ] in service_modules(tree)
            if node.func.attr in WRITES and not allowed:
                wrote.append(f"{path}:{node.lineno} {called}")
    assert wrote == []


def service_modules(tree: ast.AST) -> set[str]:
    """Names under which a module imported services."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and "services" in node.module:
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def test_only_the_database_room_knows_which_database_it_is():
    knowing = [
        f"{path}"
        for path, _ in sources()
        if path.parts[:2] != ("hubapp", "db") and ".vendor" in Path(path).read_text()
    ]
    assert knowing == []


def test_permissions_are_asked_at_the_two_doors_only():
    asked = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name)
        and node.id
        in {"permission_required", "user_passes_test", "login_required", "PermissionRequiredMixin"}
    ]
    assert asked == []

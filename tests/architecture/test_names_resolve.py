"""What is wired by name resolves: beat, outbox topics, mail kinds."""

import ast
from pathlib import Path

from hubapp.celery import BEAT, app
from hubapp.notifications.services import kinds

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("hubapp", "accounts", "portfolio", "maturity", "partners", "kpis")


def sources():
    """Every module of the product, parsed."""
    for name in APPS:
        for path in (ROOT / name).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def calls(*names: str):
    """Calls of ``a.b`` or ``b`` for the given names, with where they stand."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                yield path, node


def test_every_beat_entry_names_a_task():
    missing = {task for task, _ in BEAT.values()} - set(app.tasks)
    assert not missing


def test_every_outbox_topic_names_a_task():
    topics = [
        (str(path), call.args[0].value)
        for path, call in calls("outbox.add")
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert topics, "no call of outbox.add was found: this test looks in the wrong place"
    assert [t for t in topics if t[1] not in app.tasks] == []


def test_every_mail_that_is_asked_for_has_a_composer():
    asked = [
        (str(path), call.args[0].value)
        for path, call in calls("send_later", "notifications.send_later")
        if call.args and isinstance(call.args[0], ast.Constant)
    ]
    asked += [
        (str(path), f"portfolio.{call.args[1].value}")
        for path, call in calls("mail_submitter")
        if isinstance(call.args[1], ast.Constant)
    ]
    assert asked, "no call of send_later was found: this test looks in the wrong place"
    assert [a for a in asked if a[1] not in kinds()] == []


def test_nothing_uses_eta_or_countdown():
    late = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}
    ]
    assert late == []


def test_nothing_sends_mail_or_tasks_past_the_outbox():
    past = [
        f"{path}:{call.lineno}"
        for path, call in calls("send_mail", "mail.send_mail", "app.send_task")
        if path != Path("hubapp/outbox/services.py")
    ]
    past += [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async"}
    ]
    assert past == []

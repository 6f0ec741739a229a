"""What a migration does to the database alone, where the models stay as they are."""

from collections.abc import Callable
from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation


class OfTheDatabase(Operation):
    """As ``RunPython``, for code that asks for no model: nothing is rendered for it.

    Rendering every model of the moment costs a tenth of a second or more each
    time, which a first start would wait for.

    :param forwards, backwards: called with the schema editor
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, forwards: Callable[[Any], None], backwards: Callable[[Any], None]) -> None:
        self.forwards = forwards
        self.backwards = backwards

    def state_forwards(self, app_label, state) -> None:
        """The models stay as they are."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            self.forwards(schema_editor)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            self.backwards(schema_editor)

    def describe(self) -> str:
        return "Change the database beside its tables"

"""Triggers that make a table's rows immutable, on either database.

Used in migrations::

    operations = [protect("portfolio_decision"), protect("kpis_kpivalue", but={"is_current"})]
"""

from hubapp.db.operations import OfTheDatabase

MESSAGE = "rows of {table} are history: add a row that corrects it"


def protected_tables(connection) -> set[str]:
    """The tables that carry the triggers, read from the database itself."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'protect_%'"
            )
        else:
            cursor.execute(
                "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'protect_%'"
            )
        return {row[0].strip('"') for row in cursor.fetchall()}


def protect(table: str, *, but: frozenset[str] | set[str] = frozenset()) -> OfTheDatabase:
    """A migration operation: refuse UPDATE (save of the columns in ``but``), DELETE and TRUNCATE."""

    def forwards(editor) -> None:
        install(editor.connection, table, but)

    def backwards(editor) -> None:
        remove(editor.connection, table)

    return OfTheDatabase(forwards, backwards)


def protect_once_set(table: str, column: str) -> OfTheDatabase:
    """A migration operation: refuse every UPDATE of rows whose ``column`` is set.

    Beside :func:`protect`, for what is still open at first: a question until it is answered.
    """

    def forwards(editor) -> None:
        install_once(editor.connection, table, column)

    def backwards(editor) -> None:
        on = f' ON "{table}"' if editor.connection.vendor == "postgresql" else ""
        with editor.connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS protect_{table}_once{on}")

    return OfTheDatabase(forwards, backwards)


def unprotect(table: str, *, but: frozenset[str] | set[str] = frozenset()) -> OfTheDatabase:
    """A migration operation: takes the triggers off before the columns of ``table`` change.

    A later operation has to :func:`protect` it again: the triggers name the
    columns, and SQLite drops them with the old table.
    """

    def forwards(editor) -> None:
        remove(editor.connection, table)

    def backwards(editor) -> None:
        install(editor.connection, table, but)

    return OfTheDatabase(forwards, backwards)


def install(connection, table: str, but: frozenset[str] | set[str] = frozenset()) -> None:
    """Put the triggers on ``table``."""
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
        columns = [column.name for column in description if column.name not in but]
        of = ", ".join(f'"{name}"' for name in columns)
        message = MESSAGE.format(table=table)
        if connection.vendor == "postgresql":
            cursor.execute(
                f"""
                CREATE OR REPLACE FUNCTION hubapp_protect() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  IF coalesce(current_setting('hubapp.maintenance', true), '') = '' THEN
                    RAISE EXCEPTION 'rows of % are history: add a row that corrects it', TG_TABLE_NAME
                      USING ERRCODE = 'integrity_constraint_violation';
                  END IF;
                  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                  IF TG_OP = 'TRUNCATE' THEN RETURN NULL; END IF;
                  RETURN NEW;
                END $$;
                CREATE TRIGGER protect_{table}_update BEFORE UPDATE OF {of} ON "{table}"
                  FOR EACH ROW EXECUTE FUNCTION hubapp_protect();
                CREATE TRIGGER protect_{table}_delete BEFORE DELETE ON "{table}"
                  FOR EACH ROW EXECUTE FUNCTION hubapp_protect();
                CREATE TRIGGER protect_{table}_truncate BEFORE TRUNCATE ON "{table}"
                  FOR EACH STATEMENT EXECUTE FUNCTION hubapp_protect();
                """
            )
            return
        for name, when in (("update", f"UPDATE OF {of}"), ("delete", "DELETE")):
            cursor.execute(
                f"""
                CREATE TRIGGER protect_{table}_{name} BEFORE {when} ON "{table}"
                FOR EACH ROW WHEN hubapp_maintenance() = 0
                BEGIN SELECT RAISE(ABORT, '{message}'); END
                """
            )


def install_once(connection, table: str, column: str) -> None:
    """Put the trigger on ``table`` that keeps rows whose ``column`` is set; after :func:`install`."""
    name, on = f"protect_{table}_once", f'BEFORE UPDATE ON "{table}" FOR EACH ROW'
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'CREATE TRIGGER {name} {on} WHEN (OLD."{column}" IS NOT NULL)'
                " EXECUTE FUNCTION hubapp_protect()"
            )
            return
        cursor.execute(
            f'CREATE TRIGGER {name} {on} WHEN OLD."{column}" IS NOT NULL AND hubapp_maintenance() = 0'
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE.format(table=table)}'); END"
        )


def remove(connection, table: str) -> None:
    """Take the triggers off ``table``."""
    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in ("update", "delete", "truncate"):
            cursor.execute(f"DROP TRIGGER IF EXISTS protect_{table}_{name}{on}")

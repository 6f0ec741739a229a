"""What PostgreSQL has to know about a table beside each column alone, to choose how to read it."""

from hubapp.db.operations import OfTheDatabase


def seen_together(table: str, name: str, *columns: str) -> OfTheDatabase:
    """A migration operation: how often values of some columns come together is counted, from the next ANALYZE on.

    Without it PostgreSQL multiplies how rare each is, and expects few rows where a site's queue
    holds thousands.

    :param columns: columns, or expressions in brackets
    """

    def forwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP STATISTICS IF EXISTS {name}")
            editor.execute(f'CREATE STATISTICS {name} (mcv) ON {", ".join(columns)} FROM "{table}"')

    def backwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP STATISTICS IF EXISTS {name}")

    return OfTheDatabase(forwards, backwards)


def tidied_often(table: str, share: float) -> OfTheDatabase:
    """A migration operation: a large table is vacuumed and analysed once a small share of its rows has changed.

    PostgreSQL waits for a fifth, as long as which an index alone cannot tell which rows are there.

    :param share: between 0 and 1
    """
    settings = (
        "autovacuum_vacuum_scale_factor",
        "autovacuum_vacuum_insert_scale_factor",
        "autovacuum_analyze_scale_factor",
    )

    def forwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            values = ", ".join(f"{setting} = {share}" for setting in settings)
            editor.execute(f'ALTER TABLE "{table}" SET ({values})')

    def backwards(editor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f'ALTER TABLE "{table}" RESET ({", ".join(settings)})')

    return OfTheDatabase(forwards, backwards)

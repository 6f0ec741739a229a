"""What every new connection is given."""

from django.db.backends.signals import connection_created
from django.dispatch import receiver

from hubapp.db.maintenance import is_open


@receiver(connection_created)
def prepare(sender, connection, **kwargs) -> None:
    if connection.vendor == "postgresql":
        # Nothing here runs long enough to earn back what compiling a query costs, and a guess
        # that is wrong by much makes PostgreSQL compile for a page of 25 rows.
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
            # To call helpers takes longer than a page has: only what reads whole tables is worth it.
            cursor.execute("SET parallel_setup_cost = 50000")
    if connection.vendor == "sqlite":
        # The triggers of protected tables call this. A connection made by
        # other means lacks it, and is refused with "no such function".
        connection.connection.create_function(
            "hubapp_maintenance", 0, lambda: int(is_open()), deterministic=False
        )

"""Statistics for the database's planner, which otherwise knows nothing of rows written a moment ago."""

from __future__ import annotations

from django.db import connection
from django.db.models import Model


def analyse(*models: type[Model]) -> None:
    """Count what the tables of ``models`` hold, or all tables when none is named. Runs inside a transaction too.

    PostgreSQL would do it by itself some time after the commit; SQLite never does.
    """
    tables = [model._meta.db_table for model in models] or connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")

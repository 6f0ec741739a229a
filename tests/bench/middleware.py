"""Says in a header what a request cost; only in the benchmark's settings."""

import time

from django.db import connection
from django.http import HttpRequest, HttpResponse


class CountQueries:
    """``X-Bench-Queries`` and ``X-Bench-Sql-Ms``: statements sent to the database, and how long they took."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count, spent = 0, 0.0

        def counted(execute, sql, params, many, context):
            nonlocal count, spent
            count += 1
            began = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent += time.perf_counter() - began

        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response["X-Bench-Queries"] = str(count)
        response["X-Bench-Sql-Ms"] = f"{spent * 1000:.2f}"
        return response

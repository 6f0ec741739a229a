#!/usr/bin/env python3
"""Django's command line, through the project's own .venv wherever it is called from."""

import os
import sys


def main():
    root = os.path.dirname(os.path.abspath(__file__))
    venv = os.path.join(root, ".venv")
    python = os.path.join(venv, "bin", "python")
    # The environment, not the executable, is compared: both may be the same
    # file behind links. A container has no .venv and runs as it is.
    if os.path.realpath(sys.prefix) != os.path.realpath(venv) and os.path.exists(python):
        os.execv(python, [python, os.path.join(root, "manage.py"), *sys.argv[1:]])

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubapp.settings.local")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed: run `make run` or `make test` once, which sets up .venv."
        )
    from django.core.exceptions import ImproperlyConfigured

    port = os.environ.get("PORT", "8000")
    if not (port.isdecimal() and 0 < int(port) < 65536):
        sys.exit(f"PORT is {port!r}: give a whole number between 1 and 65535.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        # A missing or wrong setting: its sentence says which; a traceback says nothing more.
        sys.exit(str(error))


if __name__ == "__main__":
    main()

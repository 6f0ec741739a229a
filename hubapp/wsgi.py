"""The WSGI entry point that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hubapp.settings.local")
application = get_wsgi_application()

# After the settings are set up: the form macros compile before the first visitor comes.
from hubapp.web.forms import warm_up  # noqa: E402 - needs Django set up first

warm_up()

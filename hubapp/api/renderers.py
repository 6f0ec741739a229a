"""How answers are written: JSON, and CSV for lists."""

from rest_framework.renderers import BaseRenderer

CSV = "text/csv"


class CSVRenderer(BaseRenderer):
    """Chosen by ``Accept: text/csv``. The view streams the lines itself; see ``ListMixin``."""

    media_type = CSV
    format = "csv"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data

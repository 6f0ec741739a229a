"""What the new columns say of innovations that were there before: batch by batch, so that a live table goes on."""

from django.db import migrations
from django.db.models import Case, F, Value, When

BATCH = 10_000
SOURCES = {
    "staff": "staff",
    "public": "public",
    "company": "industry",
    "university": "academia",
    "other_nhs": "other_nhs",
}


def fill(apps, editor) -> None:
    innovations = apps.get_model("portfolio", "Innovation").objects.using(editor.connection.alias)
    last = 0
    while ids := list(
        innovations.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        rows = innovations.filter(pk__gt=last, pk__lte=ids[-1])
        rows.filter(due_on__isnull=False).update(sort_due=F("due_on"))
        rows.filter(state="asked").update(waits_on="submitter")
        rows.filter(source="", submitter_kind__in=SOURCES).update(
            source=Case(
                *(When(submitter_kind=kind, then=Value(source)) for kind, source in SOURCES.items()),
                default=Value(""),
            )
        )
        last = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0006_protect_the_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]

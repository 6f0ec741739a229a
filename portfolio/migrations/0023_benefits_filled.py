"""What labels say of benefit areas is written into the new column, and lists are filtered by it from their indexes.

On a live table: a batch at a time, and again where it was stopped; the new indexes are there before the old ones go.
"""

from django.db import migrations, models
from django.db.models import Case, IntegerField, Max, OuterRef, Q, Subquery, Sum, Value, When

from hubapp.db.indexes import AddIndexLive, RemoveIndexLive

BATCH = 10_000
# As portfolio.enums.BENEFIT_BITS had them.
BITS = {"care": 1, "inequalities": 2, "pressure": 4, "staff": 8, "strategic": 16}
TRIAGE = Q(state__in=["waiting", "asked", "held"])
FILTERED_BY = [
    "state", "assignee", "innovation_type", "source", "priority", "waits_on", "waits_on_function",
    "acknowledge_by", "acknowledged_on", "exemption", "similar_count", "benefits",
]  # fmt: skip
LISTED_BY = [
    "state", "assignee", "innovation_type", "source", "priority", "similar_count", "is_confidential", "benefits",
]  # fmt: skip


def fill(apps, editor) -> None:
    alias = editor.connection.alias
    ideas = apps.get_model("portfolio", "Innovation").objects.using(alias)
    labels = (
        apps.get_model("portfolio", "InnovationLabel")
        .objects.using(alias)
        .filter(kind="benefit", value__in=BITS)
    )
    bit = Case(
        *(When(value=code, then=Value(bit)) for code, bit in BITS.items()),
        output_field=IntegerField(),
    )
    said = labels.filter(innovation=OuterRef("pk")).order_by().values("innovation")
    last = ideas.aggregate(last=Max("pk"))["last"] or 0
    for start in range(0, last + 1, BATCH):
        some = ideas.filter(pk__gte=start, pk__lt=start + BATCH, benefits=0)
        some.filter(pk__in=labels.values("innovation")).update(
            benefits=Subquery(said.annotate(bits=Sum(bit)).values("bits"))
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0022_benefits_of_ideas")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexLive(
            "innovation",
            models.Index(
                fields=["site", "queued_at", "id", *FILTERED_BY],
                name="innovation_queued",
                condition=TRIAGE,
            ),
        ),
        AddIndexLive(
            "innovation",
            models.Index(
                fields=["site", "sort_due", "id", *FILTERED_BY],
                name="innovation_queued_due",
                condition=TRIAGE,
            ),
        ),
        AddIndexLive(
            "innovation",
            models.Index(
                fields=["site", "queued_at", "id", *LISTED_BY], name="innovation_listed"
            ),
        ),
        RemoveIndexLive("innovation", "innovation_queue"),
        RemoveIndexLive("innovation", "innovation_queue_due"),
        RemoveIndexLive("innovation", "innovation_list"),
    ]

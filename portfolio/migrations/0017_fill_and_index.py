"""What the new columns say of what was there before, and indexes that lists of a million rows are read from.

On a live table: what is filled is little (news, and what nobody confirmed), and indexes are made while
others read and write. Filled once more by services.news for whatever is written afterwards.
"""

from django.db import migrations, models
from django.db.models import Exists, OuterRef, Q

from hubapp.db.indexes import AddIndexLive, RemoveIndexLive

BATCH = 10_000
TRIAGE = Q(state__in=["waiting", "asked", "held"])
FILTERED_BY = [
    "state", "assignee", "innovation_type", "source", "priority", "waits_on", "waits_on_function",
    "acknowledge_by", "acknowledged_on", "exemption", "similar_count",
]  # fmt: skip


def fill(apps, editor) -> None:
    alias = editor.connection.alias

    def table(name):
        return apps.get_model("portfolio", name).objects.using(alias)

    # As portfolio.queries.triage.unanswered and portfolio.queries.asks.unused say it.
    def followed(at: str) -> list[Exists]:
        about = {"innovation_id": OuterRef("innovation_id")}
        return [
            ~Exists(table("Message").filter(**about, direction="to_submitter", at__gte=OuterRef(at))),
            ~Exists(table("Decision").filter(**about, made_at__gte=OuterRef(at))),
        ]

    messages = table("Message").filter(*followed("at"), direction="from_submitter")
    answers = table("Ask").filter(*followed("answered_at"), state="answered")
    for rows, column in ((messages, "has_new_message"), (answers, "has_new_answer")):
        found = sorted(set(rows.order_by().values_list("innovation_id", flat=True)))
        for start in range(0, len(found), BATCH):
            table("Innovation").filter(pk__in=found[start : start + BATCH], **{column: False}).update(
                **{column: True}
            )
    last = 0
    unconfirmed = table("Submission").filter(confirmed_at=None)
    while ids := list(
        unconfirmed.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        table("SubmissionSite").filter(submission__in=ids, submission__confirmed_at=None).update(
            awaits_confirmation=True
        )
        last = ids[-1]


def index(model: str, name: str, fields: list[str], condition: Q | None = None) -> AddIndexLive:
    return AddIndexLive(model, models.Index(fields=fields, name=name, condition=condition))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("portfolio", "0016_news_and_confirmation")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        index("innovation", "innovation_queue", ["site", "queued_at", "id", *FILTERED_BY], TRIAGE),
        index("innovation", "innovation_queue_due", ["site", "sort_due", "id", *FILTERED_BY], TRIAGE),
        index(
            "innovation",
            "innovation_news",
            ["site", "queued_at", "id", "state"],
            Q(has_new_message=True) | Q(has_new_answer=True),
        ),
        index(
            "innovation",
            "innovation_list",
            [
                "site", "queued_at", "id", "state", "assignee", "innovation_type", "source",
                "priority", "similar_count", "is_confidential",
            ],
        ),
        index(
            "innovation",
            "innovation_balance",
            [
                "site", "state", "innovation_type", "focus", "origin", "is_confidential",
                "assignee", "id",
            ],
        ),
        index("needlink", "need_link_ideas", ["need", "innovation"]),
        index(
            "screeninganswer",
            "screening_yes_idea",
            ["site", "question", "innovation"],
            Q(value="yes"),
        ),
        index(
            "submissionsite",
            "submission_site_unconfirmed",
            ["site", "submission"],
            Q(awaits_confirmation=True),
        ),
        RemoveIndexLive("innovation", "innovation_desk"),
        RemoveIndexLive("innovation", "innovation_desk_due"),
        RemoveIndexLive("innovation", "innovation_site"),
    ]  # fmt: skip

"""The KPI dictionary: every definition in words, as a page of the documentation."""

from kpis.definitions import REGISTRY

HEAD = """# KPI dictionary

Generated from `kpis/definitions/` by `./manage.py write_kpi_dictionary`: edit those, not this page.
All numbers are of one site and one month of Europe/London. `value`, `numerator` and `denominator` are as in the
API: decimal strings, percentages from 0 to 100, null where there is nothing to give.
"""


def text() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD]
    for each in REGISTRY.values():
        parts.append(
            f"""
## {each.title}

| | |
|---|---|
| name | `{each.key}` |
| definition version | {each.version} |
| kind | {each.kind.label.lower()} |
| unit | {each.unit.label.lower()} |
| direction | {each.direction.label.lower()} |
| counts people | {"yes: small numbers are suppressed beyond the site" if each.counts_people else "no"} |

{each.meaning}

**How it is counted.** {each.how_counted}
"""
        )
    return "".join(parts)

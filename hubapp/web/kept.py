"""Parts of pages that are drawn once for as long as they would say the same.

In a template, around what takes long to draw::

    {% cache 3600 "maturity-parts" parts_say %}…{% endcache %}

with ``parts_say`` from :func:`key_of`, given everything that the part shows
and that decides what it shows. Nothing of it ever has to be thrown away: what
says something else has another key.
"""

import hashlib

__all__ = ["key_of"]


def key_of(*said: object) -> str:
    """A key that tells what is said from everything else.

    :param said: texts, numbers, dates and what is built of them, down to dataclasses; no model, whose
        repr does not tell all of it
    """
    return hashlib.sha256(repr(said).encode()).hexdigest()

"""What imports register with the rooms below."""

from hubapp import hooks
from hubapp.actors import Actor
from portfolio import demo_imports
from portfolio.services import import_people

hooks.event_words["import.redacted"] = "Details were blacked out in imports"
hooks.demo.register(demo_imports.load)


@hooks.person_erased.register
def black_out_people_in_imports(person_ids: list[int], by: Actor) -> None:
    """Their names and addresses go from what imports keep."""
    import_people.black_out_people_in_imports(person_ids=person_ids, by=by)

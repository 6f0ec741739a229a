"""What checklists, assessors and interests register with the rooms below."""

from hubapp import hooks
from portfolio import demo_checklists

hooks.demo.register(demo_checklists.load)

"""What ideas that look alike register with the rooms below."""

from hubapp import hooks
from portfolio import demo_similar

hooks.demo.register(demo_similar.load)

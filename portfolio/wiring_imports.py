"""What imports register with the rooms below."""

from hubapp import hooks
from portfolio import demo_imports

hooks.demo.register(demo_imports.load)

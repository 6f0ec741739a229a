"""A person at a keyboard, and no mouse: presses are counted, and only what has the focus can be pressed."""

from playwright.sync_api import Locator, Page

# More presses of Tab than this to get somewhere is a page that nobody would use.
PATIENCE = 60


class Keyboard:
    """Presses keys on ``page`` and counts them; letters typed into a field are counted apart."""

    def __init__(self, page: Page):
        self.page = page
        self.presses = 0
        self.letters = 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other; one with Shift is one press."""
        for key in keys:
            self.presses += 1
            self.page.keyboard.press(key)

    def go(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        self.letters += len(text)
        self.page.keyboard.type(text)

    def tab_to(self, goal: Locator, key: str = "Tab") -> None:
        """Press Tab until ``goal`` has the focus."""
        for _ in range(PATIENCE):
            if goal.count() and goal.first.evaluate("node => node === document.activeElement"):
                return
            self.press(key)
        told = self.page.locator("main").inner_text()[:1500]
        raise AssertionError(f"{goal} is more than {PATIENCE} presses of {key} away on: {told}")

    def choose(self, radio: Locator) -> None:
        """Of a group of radio buttons that has the focus, the one that is wanted: by arrow keys."""
        for _ in range(PATIENCE):
            if radio.evaluate("node => node === document.activeElement && node.checked"):
                return
            if radio.evaluate("node => node === document.activeElement"):
                self.press("Space")
            else:
                self.press("ArrowDown")
            self.page.wait_for_timeout(30)
        focused = self.page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        raise AssertionError(f"{radio} cannot be chosen with the arrow keys from {focused}")

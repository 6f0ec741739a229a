"""Copies the NHS design system's built files into ``static/vendor/nhsuk/``.

Standard library only: it runs before anything is installed. The files of the
npm package are made for a site that serves them from ``/assets/`` and may load
the Frutiger font from elsewhere. Ours are served under any static prefix,
under a policy that allows nothing from outside, and Frutiger is licensed to
NHS websites only, so the stylesheet is rewritten on the way:

- ``url(/assets/images/x.svg)`` becomes ``url(images/x.svg)``, which the static
  file manifest can follow;
- the ``@font-face`` rules go, and Arial, the design system's own fallback,
  is the font;
- source maps are not shipped, so nothing may point to them.

Images that carry the NHS logo are not copied: a hub is not nhs.uk.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

PACKAGE = Path("node_modules/nhsuk-frontend/dist/nhsuk")
TARGET = Path("static/vendor/nhsuk")

# The design system's script starts nothing by itself, and its page template
# starts it inline, which our Content-Security-Policy refuses. Appended to the
# module, this does the same, and again for whatever htmx brings in later.
START = """
document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) initAll({ scope: event.detail.elt });
});
"""

_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_FRUTIGER = re.compile(r"""["']?Frutiger W01["']?\s*,\s*""")
_SOURCE_MAP = re.compile(r"/\*[#@]\s*sourceMappingURL=[^*]*\*/|//[#@]\s*sourceMappingURL=\S*")
_URL = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")


class AssetsError(Exception):
    """The package does not look as expected; the message says what to do."""


def rewrite_css(css: str) -> str:
    """Return the stylesheet with nothing in it that points outside its folder."""
    css = _FONT_FACE.sub("", css)
    css = _FRUTIGER.sub("", css)
    css = _SOURCE_MAP.sub("", css)
    css = css.replace("url(/assets/images/", "url(images/")
    return css.rstrip() + "\n"


def references(css: str) -> set[str]:
    """Return the addresses that a stylesheet loads, inline data left out."""
    return {address for address in _URL.findall(css) if not address.startswith("data:")}


def start_script(module: str) -> str:
    """Return the design system's module with the lines that start it."""
    return _SOURCE_MAP.sub("", module).rstrip() + "\n" + START


def copy_assets(root: Path) -> None:
    """Build ``static/vendor/nhsuk/`` anew from ``node_modules``.

    Written beside the target and moved into place, so that a reader never sees
    half a folder. Raises ``AssetsError`` if the package has changed its layout
    or its stylesheet points at something that is not copied.
    """
    package, target = root / PACKAGE, root / TARGET
    sheet, module = package / "nhsuk-frontend.min.css", package / "nhsuk-frontend.min.js"
    for needed in (sheet, module):
        if not needed.is_file():
            raise AssetsError(f"nhsuk-frontend has no {needed.name}: run `npm ci` again.")

    css = rewrite_css(sheet.read_text(encoding="utf-8"))
    icons = [
        icon
        for icon in sorted((package / "assets" / "images").glob("nhsuk-icon-*.svg"))
        if icon.stem != "nhsuk-icon-mask"  # the logo, cut out
    ]
    missing = references(css) - {f"images/{icon.name}" for icon in icons}
    if missing or "@font-face" in css:
        raise AssetsError(
            "The stylesheet of nhsuk-frontend loads files that Hubapp does not serve"
            f" ({', '.join(sorted(missing)) or 'fonts'}): teach hubapp/setup/assets.py about them."
        )

    new = target.with_name(".nhsuk-new")
    shutil.rmtree(new, ignore_errors=True)
    (new / "images").mkdir(parents=True)
    (new / "nhsuk-frontend.min.css").write_text(css, encoding="utf-8")
    (new / "nhsuk-frontend.start.js").write_text(
        start_script(module.read_text(encoding="utf-8")), encoding="utf-8"
    )
    for icon in icons:
        shutil.copyfile(icon, new / "images" / icon.name)
    shutil.rmtree(target, ignore_errors=True)
    new.replace(target)


if __name__ == "__main__":
    copy_assets(Path(__file__).resolve().parents[2])

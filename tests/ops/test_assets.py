"""The design system's files, as set-up leaves them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from hubapp.setup.assets import PACKAGE, TARGET, AssetsError, copy_assets, references, rewrite_css

ROOT = Path(__file__).resolve().parents[2]

SHEET = (
    '@charset "UTF-8";'
    "@font-face{font-family:Frutiger W01;src:url(https://assets.example/a.woff2)"
    ' format("woff2")}'
    ".a{font-family:Frutiger W01,arial,sans-serif}"
    ".b{background:url(/assets/images/nhsuk-icon-cross.svg)}"
    ".c{background:url(data:image/png;base64,AAAA)}"
    "/*# sourceMappingURL=nhsuk-frontend.min.css.map */"
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A project folder with a small design system in its node_modules."""
    package = tmp_path / PACKAGE
    images = package / "assets" / "images"
    images.mkdir(parents=True)
    (package / "nhsuk-frontend.min.css").write_text(SHEET)
    (package / "nhsuk-frontend.min.js").write_text(
        "export{initAll};//# sourceMappingURL=nhsuk-frontend.min.js.map"
    )
    for name in ("nhsuk-icon-cross.svg", "nhsuk-icon-mask.svg", "favicon.svg"):
        (images / name).write_text("<svg/>")
    return tmp_path


def test_the_stylesheet_loads_nothing_from_outside() -> None:
    css = rewrite_css(SHEET)
    assert references(css) == {"images/nhsuk-icon-cross.svg"}
    assert "@font-face" not in css
    assert ".a{font-family:arial,sans-serif}" in css
    assert "sourceMappingURL" not in css


def test_icons_are_copied_and_the_logo_is_not(package: Path) -> None:
    copy_assets(package)
    copied = {str(file.relative_to(package / TARGET)) for file in (package / TARGET).rglob("*.*")}
    assert copied == {
        "nhsuk-frontend.min.css",
        "nhsuk-frontend.start.js",
        "images/nhsuk-icon-cross.svg",
    }


def test_a_second_copy_replaces_the_first(package: Path) -> None:
    copy_assets(package)
    (package / TARGET / "left-over.txt").touch()
    copy_assets(package)
    assert not (package / TARGET / "left-over.txt").exists()
    assert not list((package / TARGET).parent.glob(".*"))


def test_the_script_starts_itself(package: Path) -> None:
    copy_assets(package)
    script = (package / TARGET / "nhsuk-frontend.start.js").read_text()
    assert "\ninitAll();\n" in script
    assert "sourceMappingURL" not in script


def test_a_release_that_points_elsewhere_is_refused_and_named(package: Path) -> None:
    sheet = package / PACKAGE / "nhsuk-frontend.min.css"
    sheet.write_text(SHEET + ".d{background:url(https://elsewhere.example/x.svg)}")
    with pytest.raises(AssetsError, match=r"elsewhere\.example/x\.svg"):
        copy_assets(package)
    assert not (package / TARGET).exists()


def test_a_package_that_is_not_there_is_named(package: Path) -> None:
    shutil.rmtree(package / "node_modules")
    with pytest.raises(AssetsError, match="npm ci"):
        copy_assets(package)


def test_the_static_manifest_can_follow_what_set_up_built(tmp_path: Path) -> None:
    """The manifest storage stops at an address that it cannot find."""
    source = tmp_path / "source" / "vendor" / "nhsuk"
    shutil.copytree(ROOT / TARGET, source)
    storage = ManifestStaticFilesStorage(location=str(tmp_path / "source"), base_url="/elsewhere/")
    names = [str(file.relative_to(tmp_path / "source")) for file in source.rglob("*.*")]
    done = list(storage.post_process({name: (storage, name) for name in names}))
    errors = [problem for _, _, problem in done if isinstance(problem, Exception)]
    assert not errors
    assert storage.stored_name("vendor/nhsuk/nhsuk-frontend.min.css") != "nhsuk-frontend.min.css"


def test_what_pages_get_does_not_include_the_test_tools() -> None:
    names = {file.name for file in (ROOT / TARGET).parent.rglob("*")}
    assert "nhsuk-frontend.min.css" in names
    assert not {name for name in names if "axe" in name}
    assert (ROOT / "node_modules" / "axe-core" / "axe.min.js").is_file()


def test_the_lock_names_versions_and_hashes_and_no_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
    assert "://" not in lock

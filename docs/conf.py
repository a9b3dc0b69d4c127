"""How Sphinx builds the documentation: `nox -s docs`."""

from importlib.metadata import version as version_of

project = "ConVirt"
author = "The ConVirt developers"
copyright = "The ConVirt developers"  # noqa: A001  # Sphinx's name for it
version = release = version_of("convirt-core")

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = "ConVirt"

"""How the documentation is built: ``tox run -e docs``, strict about links and warnings."""

project = "reseal"
author = "the reseal authors"

extensions = ["myst_parser"]
exclude_patterns = ["examples", "releases"]  # shown as files, not as pages
html_theme = "furo"
html_title = "reseal"
myst_heading_anchors = 3  # links to headings work as they do on the forge
nitpicky = True

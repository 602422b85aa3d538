"""The site of the documentation: `make docs` builds it into build/docs, with warnings as errors."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "microlift"
author = "microlift"
release = version = metadata.version("microlift")
html_title = "microlift"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx_argparse_cli",
    "sphinx_copybutton",
    "local_math",
    "for_all_readers",
    "self_contained",
]
# Links between pages are relative: they are read in the repository as well.
exclude_patterns = ["_ext"]
source_suffix = {".md": "markdown"}

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence", "attrs_block"]

# Docstrings name the types; the annotations would say them again, with the path of each module.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"  # nobody makes a result by hand
autodoc_default_options = {"exclude-members": "__init__, model_config, set_fit_request"}
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_aliases = {"bool": "bool"}  # its own is a label of another site
numpydoc_xref_ignore = {
    "True",
    "False",
    "None",
    "or",
    "optional",
    "default",
    "of",
    "path-like",
    "mapping",
}
autosummary_generate = False
default_role = "py:obj"  # `name` in a docstring leads to it, where it is public
add_module_names = False
toc_object_entries_show_parents = "hide"

# Nothing is loaded from elsewhere, so formulas are set by docutils as MathML.
html_math_renderer = "local_math"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": False}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "a11y-high-contrast-light"  # 4.5 to 1 at least, and so is the dark one
pygments_dark_style = "a11y-high-contrast-dark"

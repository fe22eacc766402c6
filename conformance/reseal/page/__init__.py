"""The report as one HTML page, which needs no network: requirements and releases, with all evidence."""

from .render import of_one, to_html

__all__ = ["of_one", "to_html"]

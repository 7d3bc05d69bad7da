"""Results as plotly figures: JSON-compatible dicts that refer to colours by the page's CSS variables."""

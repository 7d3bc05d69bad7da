"""Results as figures of plotly: JSON-able dicts that name colours by the page's CSS variables."""

"""The HTML page of what a screen shows."""

"""Results as one HTML file, which works offline."""

"""Results as self-contained HTML files that work offline."""

"""Experiments: alternates two builds or settings on phones, captures them, and compares them."""

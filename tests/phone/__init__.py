"""A phone for tests: a real adbd with a modelled /proc, or a stand-in for the adb server."""

"""The TUI as people see it: in tmux, and in a browser."""

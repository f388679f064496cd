"""One table of actions for each menu."""

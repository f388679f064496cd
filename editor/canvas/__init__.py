"""The widget that shows a session and turns pointer events into tool calls."""

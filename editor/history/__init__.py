"""Commands and the undo history. No Qt."""

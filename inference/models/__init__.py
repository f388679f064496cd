"""Models: which families there are on this disk, where their parts lie, and how they get here."""

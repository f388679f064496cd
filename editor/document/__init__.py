"""The document: a tree of layers of tiles, and one soft selection. No Qt."""

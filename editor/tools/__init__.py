"""Tools: what a pointer does to the document. No widgets."""

"""From bytes to documents and back."""

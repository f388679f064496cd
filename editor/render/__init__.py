"""From the document to pictures on the screen."""

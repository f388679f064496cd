"""Fill engines and everything around them; never imports the editor."""

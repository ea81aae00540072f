"""What ships beside the code: guide texts, text catalogues, styles, pictures."""

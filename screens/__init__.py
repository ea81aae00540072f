"""What is on the screen: one module per section of the guide."""

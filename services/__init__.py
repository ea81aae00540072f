"""Everything that is no screen: knows neither Textual nor Rich nor click."""

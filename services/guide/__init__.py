"""The sections of the guide as steps."""

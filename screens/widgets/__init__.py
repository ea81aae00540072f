"""The panes that the screens share."""

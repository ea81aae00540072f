"""The program: command line, headless run, wizard application."""

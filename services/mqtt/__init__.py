"""MQTT over mutual TLS: connecting, proving both directions, and the files that other clients take."""

"""Which topic filters a topic falls under (MQTT version 5.0, section 4.7)."""

from __future__ import annotations

_SHARED_PARTS = 3


def is_topic_name(topic: str) -> bool:
    """Whether something may be published under `topic`: not empty, no wildcard."""
    return bool(topic) and not set(topic) & set("+#\0")


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to `topic_filter` receives `topic`; a shared one (`$share/group/filter`) counts too."""
    if topic_filter.startswith("$share/"):
        parts = topic_filter.split("/", 2)
        topic_filter = parts[2] if len(parts) == _SHARED_PARTS else ""
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for position, want in enumerate(wanted):
        if want == "#":
            return True
        if position >= len(levels) or want not in ("+", levels[position]):
            return False
    return len(wanted) == len(levels)

"""The payments room by its verbs, without the doors."""

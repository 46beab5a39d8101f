"""The API through its application, with a clock that stands still until a test moves it."""

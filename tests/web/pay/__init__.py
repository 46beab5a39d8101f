"""The payment pages, before a desk that a test tells what to say."""

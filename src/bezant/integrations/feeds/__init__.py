"""Sources of market prices, each fitting `bezant.pricing.feed.Feed`."""

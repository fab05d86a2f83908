"""Payment orders, attempts, RF codes, bank messages, payments and collections. Never speaks to a bank itself."""

"""What the kept package `genai-prices` knows of the vendors' models: sizes, prices, which are current."""

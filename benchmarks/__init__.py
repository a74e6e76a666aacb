"""Measures egosearch and prints the README's tables: `python -m benchmarks`. `README.md` here says what each means."""

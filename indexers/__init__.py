"""Media files in, embeddings out. Knows no store, no query and no screen."""

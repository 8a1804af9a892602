"""What a person looks at: `runs` and `speed` (tables), `figures`."""

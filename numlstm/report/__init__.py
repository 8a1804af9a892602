"""What a person looks at: `tables` (from rows of strings), `runs`, `experiments`, `speed`; `figures`."""

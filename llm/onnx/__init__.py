"""What does a small encoder say about these texts, without torch? Graphs, sessions, batches."""

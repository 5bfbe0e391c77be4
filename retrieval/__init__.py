"""I have a question: which documents answer it? Analysis, encoders, retrievers and collections."""

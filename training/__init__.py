"""How do encoders and rerankers get better? Training comes with its own issue."""

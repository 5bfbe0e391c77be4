"""What does a model say about these tokens? Protocols, pinned models and their runtimes."""

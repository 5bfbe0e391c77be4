"""What does a language model say about these tokens? Protocols; runtimes come with their issue."""

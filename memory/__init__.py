"""What should be remembered of a conversation? The MemCubes come with their own issue."""

"""In which order should a short list stand? The protocol; rerankers come with their own issue."""

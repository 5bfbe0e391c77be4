"""How do texts become vectors? Encoder protocols; the encoders come with their issue."""

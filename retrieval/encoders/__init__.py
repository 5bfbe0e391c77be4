"""How do texts become vectors? Specs, dense and sparse encoders, and the passages they encode."""

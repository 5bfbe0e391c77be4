"""How fast is it, how large, and against which physical limit? One script a measurement."""

"""Which context answers the question? Gate, refiner, context and answer come with their issue."""

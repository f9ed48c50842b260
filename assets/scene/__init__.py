"""A rendered yard as a surveillance camera would see it: the project's own footage, made from numbers alone."""
